from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from treadle.dsl.graph import Calendar, Window
from treadle.dsl.operations.calendars import Holidays, move_business_day, move_business_days
from treadle.dsl.operations.clock import zone_named
from treadle.dsl.operations.faults import EvaluationError
from treadle.runtime.ids import new_id
from treadle.runtime.windows import SPREAD, opens_at, spread_of

WEEK = (0, 1, 2, 3, 4)
DAY = Window(days=WEEK, start="09:00:00", end="19:00:00", calendar="holidays")
NIGHT = Window(days=(4,), start="22:00:00", end="06:00:00")
MADRID = "Europe/Madrid"
HOLIDAYS = Calendar(dates=("2026-01-07",), ranges=(("2026-08-03", "2026-08-07"),), yearly=((1, 6),))


def opens(window: Window, moment: str, zone: str = MADRID, spread: float = 0.0) -> str | None:
    found = opens_at(window, zone, HOLIDAYS, datetime.fromisoformat(moment).replace(tzinfo=UTC), spread)
    return found.strftime("%m-%d %H:%M") if found else None


@pytest.mark.parametrize(
    ("moment", "when"),
    [
        ("2026-01-05 08:00", None),
        ("2026-01-05 17:59", None),
        ("2026-01-05 18:00", "01-08 08:00"),  # the 6th and the 7th are off
        ("2026-01-05 07:59", "01-05 08:00"),
        ("2026-01-09 19:00", "01-12 08:00"),
        ("2026-07-31 18:00", "08-10 07:00"),  # a week off, and summer time
        ("2026-03-27 19:00", "03-30 07:00"),  # the clocks change meanwhile
    ],
)
def test_when_a_window_opens(moment: str, when: str | None) -> None:
    assert opens(DAY, moment) == when


@pytest.mark.parametrize(
    ("moment", "when"),
    [("2026-01-09 21:00", None), ("2026-01-10 04:59", None), ("2026-01-10 05:00", "01-16 21:00")],
)
def test_a_window_over_midnight_belongs_to_the_day_it_opens(moment: str, when: str | None) -> None:
    assert opens(NIGHT, moment) == when


def test_the_zone_is_what_counts() -> None:
    assert opens(DAY, "2026-01-05 08:00", "America/New_York") == "01-05 14:00"
    with pytest.raises(EvaluationError, match="no time zone"):
        opens(DAY, "2026-01-05 08:00", "Europe/Madird")


def test_a_window_that_never_opens_is_said() -> None:
    with pytest.raises(EvaluationError, match="does not open"):
        opens(Window(days=(), start="09:00:00", end="10:00:00"), "2026-01-05 08:00")


def test_runs_are_spread_over_the_first_minutes_each_always_alike() -> None:
    ids = [new_id() for _ in range(400)]
    spreads = [spread_of(each) for each in ids]
    assert spreads == [spread_of(each) for each in ids]
    assert all(0 <= each < 1 for each in spreads)
    quarters = [sum(low / 4 <= each < (low + 1) / 4 for each in spreads) for low in range(4)]
    assert min(quarters) > 50
    assert opens(DAY, "2026-01-05 07:00", spread=0.99) == "01-05 08:04"
    short = Window(days=WEEK, start="09:00:00", end="09:10:00")
    assert opens(short, "2026-01-05 07:00", spread=0.99) == "01-05 08:00"
    assert timedelta(minutes=5) == SPREAD


@pytest.mark.parametrize(
    ("day", "count", "there"),
    [
        ("2026-01-05", 1, "2026-01-08"),
        ("2026-01-09", 1, "2026-01-12"),
        ("2026-01-10", 1, "2026-01-12"),
        ("2026-01-12", -1, "2026-01-09"),
        ("2026-01-08", -1, "2026-01-05"),
        ("2026-01-10", 0, "2026-01-10"),
        ("2026-07-31", 2, "2026-08-11"),
    ],
)
def test_business_days(day: str, count: int, there: str) -> None:
    off = Holidays(HOLIDAYS.dates, HOLIDAYS.ranges, HOLIDAYS.yearly)
    assert move_business_day(date.fromisoformat(day), count, off).isoformat() == there


def test_a_business_day_later_is_the_same_clock_time() -> None:
    friday = datetime(2026, 3, 27, 17, 30, tzinfo=UTC)
    monday = move_business_days(friday, 1, zone_named(MADRID))
    assert monday == datetime(2026, 3, 30, 16, 30, tzinfo=UTC)


def test_no_working_day_at_all_is_an_overflow() -> None:
    with pytest.raises(OverflowError):
        move_business_day(date(2026, 1, 5), 1, lambda _: True)
