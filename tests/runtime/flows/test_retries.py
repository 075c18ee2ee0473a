from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.runtime.machine import retries as r

EFFECTS = ["idempotent", "checkable", "blind"]


def policy(effect="idempotent", **more):
    return r.Policy(effect=effect, **more)


def first(**more):
    return r.Past(tries=1, **more)


@pytest.mark.parametrize(
    ("trouble", "effect", "expected"),
    [
        ("not_sent", "idempotent", r.Repeat),
        ("not_sent", "checkable", r.Repeat),
        ("not_sent", "blind", r.Repeat),
        ("in_doubt", "idempotent", r.Repeat),
        ("in_doubt", "checkable", r.LookUp),
        ("in_doubt", "blind", r.Unknown),
        ("refused", "idempotent", r.Failed),
        ("refused", "checkable", r.Failed),
        ("refused", "blind", r.Failed),
    ],
)
def test_the_table(trouble, effect, expected):
    assert isinstance(r.after_trouble(policy(effect), first(), trouble, roll=0.5), expected)


@pytest.mark.parametrize(
    ("effect", "expected"), [("idempotent", r.Repeat), ("checkable", r.LookUp), ("blind", r.Unknown)]
)
def test_a_takeover_follows_the_class(effect, expected):
    assert isinstance(r.after_takeover(policy(effect), first()), expected)


def test_a_takeover_hours_later_still_repeats():
    assert r.after_takeover(policy(over=600), first(elapsed=86400.0)) == r.Repeat(0.0)


def test_spent_tries_are_failed_when_surely_nothing_arrived_and_unknown_otherwise():
    spent = r.Past(tries=5)
    assert r.after_trouble(policy(), spent, "not_sent", roll=0) == r.Failed()
    assert r.after_trouble(policy(), spent, "in_doubt", roll=0) == r.Unknown()
    assert r.after_trouble(policy(), r.Past(tries=5, doubt=True), "not_sent", roll=0) == r.Unknown()
    assert r.after_trouble(policy(reads=True), spent, "in_doubt", roll=0) == r.Failed()


def test_the_time_of_the_step_bounds_the_tries():
    assert r.after_trouble(policy(over=10), first(elapsed=9.9), "not_sent", roll=0.9) == r.Failed()


def test_a_service_that_asks_to_wait_is_given_that_time():
    verdict = r.after_trouble(policy(), first(), "in_doubt", roll=0.0, retry_after=30)
    assert verdict == r.Repeat(30.0)


def test_absence_is_believed_the_second_time():
    checkable = policy("checkable", timeout=7)
    assert r.after_absence(checkable, first(looked=1, doubt=True)) == r.LookUp(7)
    assert r.after_absence(checkable, first(looked=2, doubt=True)) == r.Repeat(0.0)
    assert r.after_absence(checkable, r.Past(tries=5, looked=2, doubt=True)) == r.Failed()


def test_a_lookup_that_cannot_tell_ends_as_unknown():
    assert r.after_stumble(first(stumbles=1), "refused", roll=0) == r.Unknown()
    assert isinstance(r.after_stumble(first(stumbles=1), "in_doubt", roll=0), r.LookUp)
    assert r.after_stumble(first(stumbles=3), "in_doubt", roll=0) == r.Unknown()


pasts = st.builds(
    r.Past,
    tries=st.integers(1, 9),
    elapsed=st.floats(0, 10_000),
    doubt=st.booleans(),
    looked=st.integers(0, 3),
    stumbles=st.integers(0, 3),
)
troubles = st.sampled_from(["not_sent", "in_doubt", "refused", "takeover"])


@given(pasts, troubles, st.floats(0, 0.999))
def test_what_may_have_arrived_blindly_is_never_sent_again(past, trouble, roll):
    verdict = r.after_trouble(policy("blind", tries=100, over=1e9), past, trouble, roll=roll)
    if past.doubt or trouble in ("in_doubt", "takeover"):
        assert not isinstance(verdict, r.Repeat | r.LookUp)


@given(pasts, troubles, st.floats(0, 0.999), st.sampled_from(EFFECTS))
def test_failed_is_never_said_of_a_write_that_may_have_arrived(past, trouble, roll, effect):
    verdict = r.after_trouble(policy(effect), past, trouble, roll=roll)
    if isinstance(verdict, r.Failed) and trouble != "refused":
        assert not past.doubt
        assert trouble == "not_sent"


@given(st.integers(1, 50), st.floats(0, 0.999))
def test_a_pause_is_bounded(tries, roll):
    assert 0 <= r.pause(tries, roll, None) <= r.LONGEST_PAUSE
