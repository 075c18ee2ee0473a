"""Every function of the table does what its page says: the examples are computed through the whole language."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.dsl.computing import compute

from treadle.dsl import expressions as ex
from treadle.dsl.builtins import Builtin, table
from treadle.dsl.builtins.reference import page
from treadle.dsl.evaluator import EvaluationError, Scope, evaluate
from treadle.dsl.typesystem import DATETIME
from treadle.dsl.values import decode, encode, revive

EXAMPLES = [
    pytest.param(example.call, example.gives, id=example.call)
    for function in table().values()
    for example in function.examples
]


@pytest.mark.parametrize(("call", "gives"), EXAMPLES)
def test_example(call: str, gives: str) -> None:
    assert compute(f"({call}) == ({gives})", zone="UTC") is True


def test_the_tour_is_there_in_full() -> None:
    tour = """any all count filter map first sum min max sort_by unique round abs lower upper trim replace split join
    length slice text int number list json hash date today in format weekday"""
    assert set(tour.split()) <= table().keys()


@pytest.mark.parametrize("function", table().values(), ids=lambda each: each.name)
def test_a_function_is_documented(function: Builtin) -> None:
    assert function.doc.endswith(".")
    assert function.examples


def test_the_page_shows_every_function() -> None:
    text = page()
    assert [name for name in table() if f"### `{name}`" not in text] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('int(json("[\\"x\\"]")[0])', 'cannot read "x" as an int'),
        ("int(2.5)", "it has a fraction, round it"),
        ('int("9" + "9" + "x")', 'cannot read "99x" as an int'),
        ('number("1,5")', 'cannot read "1,5" as a number'),
        ('number("NaN")', 'cannot read "NaN" as a number'),
        ('number("1e999999")', "as a number"),
        ('bool(json("1"))', "cannot read 1 as a bool"),
        ('list(json("1"))', "cannot read 1 as a list"),
        ('json("\\{")', 'cannot read "{" as JSON'),
        ("date(2026, 2, 30)", "there is no day 2026-2-30"),
        ('date("tomorrow")', 'cannot read "tomorrow" as a date'),
        ('now.in("Europe/Madird")', 'there is no time zone "Europe/Madird"'),
        ('now.format("yyyy q")', "q is no letter of a date pattern"),
        ('today.format("HH:mm")', "a date has no H"),
        ('replace("a", "", "b")', "this one is empty"),
        ("today + 3 hours", "a date moves by whole days, not by 3 hours"),
        ('text(json("[]")["id"])', "is missing, and text() needs one"),
    ],
)
def test_a_fault_names_the_value(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        compute(text)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("yyyy-MM-dd HH:mm:ss", "2026-11-03 08:05:09"),
        ("d.M.yy", "3.11.26"),
        ("EEE, d MMM", "Tue, 3 Nov"),
        ("EEEE d MMMM yyyy", "Tuesday 3 November 2026"),
        ("h:mm a", "8:05 AM"),
        ("k K", "8 8"),
        ("D w Y QQQ QQQQ", "307 45 2026 Q4 4th quarter"),
        ("HH 'o''clock' ''", "08 o'clock '"),
        ("X XX XXX Z ZZZZ x", "+01 +0100 +01:00 +0100 GMT+01:00 +01"),
        ("z VV", "CET Europe/Madrid"),
        ("SSS", "120"),
        ("MMMMM EEEEE EEEEEE", "N T Tu"),
        ("", ""),
    ],
)
def test_date_patterns(pattern: str, shown: str) -> None:
    now = datetime(2026, 11, 3, 7, 5, 9, 120_000, tzinfo=UTC)
    assert compute(f'now.format("{pattern}")', now=now) == shown


def test_the_zone_of_the_workspace_holds_unless_one_is_named() -> None:
    late = datetime(2026, 11, 3, 23, 30, tzinfo=UTC)
    assert compute('"{today} {now}"', now=late) == "2026-11-04 2026-11-04 00:30"
    assert compute('now.in("UTC").format("d HH")', now=late) == "3 23"
    assert compute("now.weekday", now=late) == "wednesday"
    assert compute('now.in("America/New_York").weekday', now=late) == "tuesday"
    assert compute('now.in("Asia/Tokyo") == now', now=late) is True


def test_a_moment_reads_the_same_after_it_was_stored() -> None:
    local = compute('now.in("Asia/Tokyo")')
    stored = revive(decode(encode(local)), DATETIME, {})
    assert type(stored.tzinfo) is type(local.tzinfo)
    for moment in (local, stored):
        scope = Scope({"t": moment}, "Europe/Madrid")
        assert evaluate(ex.Apply("format", (ex.Var("t"), ex.Lit("HH:mm XXX", "text"))), scope) == "18:30 +09:00"
