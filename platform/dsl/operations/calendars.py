"""Clock times and days of a place: when a wall clock shows a time, which days are off, when a window is open.

Owns the rules of days that are not 24 hours long: a clock time that a day leaps over happens at the first instant
behind the gap, one that it has twice happens the first time. Plain data in, instants in UTC out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from treadle.dsl.operations.clock import instant

_DAY = timedelta(days=1)
_FAR = 800  # days that a search for an open day goes on

IsOff = Callable[[date], bool]
"""Whether a day is left out."""


class Holidays:
    """The days of a `calendar`: dates and ranges with both ends, as `2026-12-25`, and (month, day) of every year."""

    __slots__ = ("_dates", "_ranges", "_yearly")

    def __init__(
        self,
        dates: Iterable[str] = (),
        ranges: Iterable[tuple[str, str]] = (),
        yearly: Iterable[tuple[int, int]] = (),
    ) -> None:
        self._dates = frozenset(date.fromisoformat(each) for each in dates)
        self._ranges = tuple((date.fromisoformat(a), date.fromisoformat(b)) for a, b in ranges)
        self._yearly = frozenset(tuple(each) for each in yearly)

    def __call__(self, day: date) -> bool:
        """Whether this day is off."""
        return (
            day in self._dates
            or (day.month, day.day) in self._yearly
            or any(first <= day <= last for first, last in self._ranges)
        )


NO_HOLIDAYS = Holidays()


@lru_cache(maxsize=256)
def clock_time(text: str) -> time:
    """`09:00:00` as a time of day; `24:00:00`, the end of a day, is midnight."""
    return time() if text.startswith("24:") else time.fromisoformat(text)


def at_wall_clock(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which clocks in `zone` show `wall` (naive) for the first time; in a gap, the end of the gap."""
    first = wall.replace(tzinfo=zone, fold=0)
    found = first.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    late, early = first.utcoffset() or timedelta(), wall.replace(tzinfo=zone, fold=1).utcoffset() or timedelta()
    return _end_of_gap(found - abs(early - late), found + abs(early - late), zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant with the offset that holds at `after`, to the second."""
    new = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in `zone` show at this moment, naive."""
    return instant(moment).astimezone(zone).replace(tzinfo=None)


# --- windows -----------------------------------------------------------------------------------------------------


class Hours:
    """A weekly window: `days` (0 is Monday) on which it opens at `start`; it ends at `end`, on the next day when that
    is not later than the start.
    """

    __slots__ = ("_days", "_end", "_off", "_start", "_zone")

    def __init__(self, days: Iterable[int], start: str, end: str, zone: ZoneInfo, off: IsOff = NO_HOLIDAYS) -> None:
        self._days = frozenset(days)
        self._start, self._end = clock_time(start), clock_time(end)
        self._zone = zone
        self._off = off

    def ends(self, moment: datetime) -> datetime | None:
        """When the opening ends in which this moment lies; None while it is shut."""
        now = instant(moment)
        today = wall_clock(now, self._zone).date()
        for opens, ends in self._openings(today - _DAY, 2):
            if opens <= now < ends:
                return ends
        return None

    def next(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """The first opening that begins at this moment or later, with its end; None when there is none for years."""
        now = instant(moment)
        today = wall_clock(now, self._zone).date()
        return next((each for each in self._openings(today, _FAR) if each[0] >= now), None)

    def _openings(self, first: date, count: int) -> Iterator[tuple[datetime, datetime]]:
        for day in (first + timedelta(days=each) for each in range(count)):
            if day.weekday() in self._days and not self._off(day):
                last = day if self._end > self._start else day + _DAY
                opens = at_wall_clock(datetime.combine(day, self._start), self._zone)
                yield opens, at_wall_clock(datetime.combine(last, self._end), self._zone)


# --- business days --------------------------------------------------------------------------------------------------


def move_business_day(day: date, count: int, off: IsOff = NO_HOLIDAYS) -> date:
    """The day that is `count` working days later (earlier when negative). From a day off, counting starts behind it.

    Raises `OverflowError` when there is no such day.
    """
    step = _DAY if count > 0 else -_DAY
    left = abs(count)
    for _ in range(left * 7 + _FAR):
        if not left:
            return day
        day += step
        left -= is_working(day, off)
    raise OverflowError("no working day")


def move_business_days(moment: datetime, count: int, zone: ZoneInfo, off: IsOff = NO_HOLIDAYS) -> datetime:
    """The same clock time so many working days later, where clocks show it."""
    wall = wall_clock(moment, zone)
    return at_wall_clock(datetime.combine(move_business_day(wall.date(), count, off), wall.time()), zone)


def is_working(day: date, off: IsOff = NO_HOLIDAYS) -> bool:
    """Monday to Friday, and not off."""
    return day.weekday() < 5 and not off(day)
