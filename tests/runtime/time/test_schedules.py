from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl.graph import Schedule
from treadle.dsl.operations.clock import zone_named
from treadle.dsl.spans import Span
from treadle.runtime.schedules import MOST_CAUGHT_UP, due, following, latest

SPAN = Span(0, 1, 1, 1, 1, 2)
BERLIN = "Europe/Berlin"
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


def at(*times: str, days: tuple[int, ...] = EVERY_DAY, zone: str = BERLIN, **more: str) -> Schedule:
    return Schedule(span=SPAN, days=days, times=times, zone=zone, **more)


def cron(line: str, **more: str) -> Schedule:
    return Schedule(span=SPAN, cron=line, zone=BERLIN, **more)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def next_ones(schedule: Schedule, after: str, count: int) -> list[str]:
    moment, found = utc(after), []
    for _ in range(count):
        moment = following(schedule, moment)
        found.append(moment.strftime("%m-%d %H:%M"))
    return found


@pytest.mark.parametrize("schedule", [at("02:30:00"), cron("30 2 * * *")], ids=["times", "cron"])
def test_a_time_that_the_spring_day_leaps_over_comes_at_the_end_of_the_gap(schedule: Schedule) -> None:
    assert next_ones(schedule, "2026-03-27 12:00", 3) == ["03-28 01:30", "03-29 01:00", "03-30 00:30"]


@pytest.mark.parametrize("schedule", [at("02:30:00"), cron("30 2 * * *")], ids=["times", "cron"])
def test_a_time_that_the_autumn_day_has_twice_comes_the_first_time_only(schedule: Schedule) -> None:
    assert next_ones(schedule, "2026-10-24 12:00", 2) == ["10-25 00:30", "10-26 01:30"]


def test_two_times_in_one_gap_fall_together() -> None:
    assert next_ones(at("02:15:00", "02:45:00", "03:00:00"), "2026-03-28 20:00", 2) == ["03-29 01:00", "03-30 00:15"]


def test_what_repeats_follows_elapsed_time() -> None:
    assert next_ones(cron("*/30 * * * *"), "2026-10-25 00:00", 5) == [
        "10-25 00:30", "10-25 01:00", "10-25 01:30", "10-25 02:00", "10-25 02:30",
    ]  # fmt: skip
    quarter = Schedule(span=SPAN, seconds=900.0)
    assert next_ones(quarter, "2026-03-29 00:55", 2) == ["03-29 01:00", "03-29 01:15"]


def test_days_and_several_times() -> None:
    both = at("18:00:00", "09:00:00", days=(0, 4))
    assert next_ones(both, "2026-01-05 08:00", 4) == ["01-05 17:00", "01-09 08:00", "01-09 17:00", "01-12 08:00"]


def test_a_zone_whose_gap_is_at_midnight() -> None:
    beirut = at("00:00:00", zone="Asia/Beirut")
    assert next_ones(beirut, "2026-03-27 23:00", 2) == ["03-28 22:00", "03-29 21:00"]


def test_a_line_that_never_comes_has_no_next() -> None:
    assert following(Schedule(span=SPAN), utc("2026-01-05 00:00")) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [("once", ["01-09 08:00"]), ("all", ["01-07 08:00", "01-08 08:00", "01-09 08:00"]), ("skip", [])],
)
def test_what_was_missed(word: str, expected: list[str]) -> None:
    found = due(at("09:00:00", catch_up=word), utc("2026-01-06 12:00"), utc("2026-01-09 12:00"))
    assert [each.strftime("%m-%d %H:%M") for each in found] == expected


@pytest.mark.parametrize("word", ["once", "all", "skip"])
def test_what_is_on_time_fires_whatever_the_word(word: str) -> None:
    schedule, planned = at("09:00:00", catch_up=word), utc("2026-01-06 08:00")
    assert due(schedule, planned - timedelta(hours=1), planned + timedelta(seconds=5)) == [planned]
    assert due(schedule, planned, planned + timedelta(seconds=5)) == []


def test_catching_up_has_a_bound_and_takes_the_latest() -> None:
    minute = Schedule(span=SPAN, seconds=60.0, catch_up="all")
    now = utc("2026-01-06 00:00")
    found = due(minute, now - timedelta(days=400), now)
    assert (len(found), found[-1]) == (MOST_CAUGHT_UP, now)


SCHEDULES = st.sampled_from(
    [
        at("02:30:00"),
        at("00:00:00", "23:59:00", days=(0, 5, 6)),
        cron("30 2 * * *"),
        cron("*/20 1-3 * * *"),
        cron("0 9 * * 1-5"),
        Schedule(span=SPAN, seconds=5400.0),
    ]
)
MOMENTS = st.integers(0, 3 * 365 * 86400).map(lambda each: utc("2025-01-01 00:00") + timedelta(seconds=each))


@given(SCHEDULES, MOMENTS)
def test_next_and_latest_agree_and_ascend(schedule: Schedule, moment: datetime) -> None:
    planned = [moment]
    for _ in range(4):
        planned.append(following(schedule, planned[-1]))
    assert all(before < after for before, after in pairwise(planned))
    for each in planned[1:]:
        assert latest(schedule, each) == each
    assert latest(schedule, planned[2] - timedelta(microseconds=1)) == planned[1]


@given(st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"]), MOMENTS)
def test_a_daily_time_comes_once_a_day(zone: str, moment: datetime) -> None:
    schedule, place = at("02:15:00", zone=zone), zone_named(zone)
    first = following(schedule, moment)
    days = [first.astimezone(place).date()]
    for _ in range(3):
        first = following(schedule, first)
        days.append(first.astimezone(place).date())
    assert all(after - before == timedelta(days=1) for before, after in pairwise(days))
