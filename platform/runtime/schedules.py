"""When a schedule fires. Owns the planned instants, over days that are not 24 hours long, and what is made up for.

Pure: the last planned instant and the time come in as arguments. A schedule at clock times (also a cron line whose
minutes and hours are fixed) fires once for each wall-clock time; one that repeats follows elapsed time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from cronsim import CronSim

from treadle.dsl.graph import Schedule
from treadle.dsl.operations.calendars import at_wall_clock, clock_time, wall_clock
from treadle.dsl.operations.clock import instant, zone_named

MOST_CAUGHT_UP = 100
"""Firings that `catch up all` makes up for at once, the latest ones."""
ON_TIME = timedelta(seconds=60)
"""A firing that is no older than this was not missed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_WEEKS = 60  # days with times come round every week; this many days hold each of them


def following(schedule: Schedule, after: datetime) -> datetime | None:
    """The first planned instant later than `after`; None when there is none."""
    return next(upcoming(schedule, after), None)


def upcoming(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """The planned instants later than `after`, in order."""
    return _forward(schedule, instant(after))


def latest(schedule: Schedule, now: datetime) -> datetime | None:
    """The last planned instant up to `now`, itself included."""
    return next(_backward(schedule, instant(now)), None)


def due(schedule: Schedule, last: datetime, now: datetime) -> list[datetime]:
    """What is to be fired now, in order, when everything up to `last` was dealt with.

    `once`: the latest planned instant. `all`: each of them. `skip`: those that are no older than `ON_TIME`.
    """
    last, now = instant(last), instant(now)
    wanted = MOST_CAUGHT_UP if schedule.catch_up == "all" else 1
    found = [each for each in islice(_backward(schedule, now), wanted) if each > last]
    if schedule.catch_up == "skip":
        found = [each for each in found if now - each <= ON_TIME]
    return sorted(found)


def missed(schedule: Schedule, last: datetime, planned: datetime, now: datetime) -> str | None:
    """The sentence about a firing that comes too late, and about those before it that never come; None for no such."""
    if now - planned <= ON_TIME:
        return None
    said = f"planned for {planned:%Y-%m-%d %H:%M:%S} UTC, when nobody worked, and made up for now"
    before = islice(_backward(schedule, instant(planned) - timedelta(microseconds=1)), MOST_CAUGHT_UP)
    left_out = 0 if schedule.catch_up == "all" else sum(each > last for each in before)
    if not left_out:
        return said
    more = " or more" if left_out == MOST_CAUGHT_UP else ""
    return f"{said}; of {left_out}{more} before it this is the latest, as `catch up once` says"


def _forward(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    found = _ascending(_planned(schedule, after, backward=False), 1)
    return (each for each in found if each > after)


def _backward(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    found = _ascending(_planned(schedule, now + timedelta(microseconds=1), backward=True), -1)
    return (each for each in found if each <= now)


def _ascending(instants: Iterator[datetime], sign: int) -> Iterator[datetime]:
    """Each instant once: two clock times in one gap fall together."""
    before: datetime | None = None
    for each in instants:
        if before is None or (each - before) * sign > timedelta():
            yield each
            before = each


def _planned(schedule: Schedule, around: datetime, *, backward: bool) -> Iterator[datetime]:
    zone = zone_named(schedule.zone)
    if schedule.seconds is not None:
        return _every(timedelta(seconds=schedule.seconds), around, backward=backward)
    if schedule.cron is not None:
        return _cron(schedule.cron, around, zone, backward=backward)
    return _at_times(schedule, around, zone, backward=backward)


def _every(step: timedelta, around: datetime, *, backward: bool) -> Iterator[datetime]:
    count = (around - _EPOCH) // step
    while True:
        yield _EPOCH + count * step
        count += -1 if backward else 1


def _at_times(schedule: Schedule, around: datetime, zone: ZoneInfo, *, backward: bool) -> Iterator[datetime]:
    sign = -1 if backward else 1
    day = wall_clock(around, zone).date() - sign * _DAY
    times = sorted((clock_time(each) for each in schedule.times), reverse=backward)
    for _ in range(_WEEKS * 7):
        if day.weekday() in schedule.days:
            for at in times:
                yield at_wall_clock(datetime.combine(day, at), zone)
        day += sign * _DAY


def _cron(line: str, around: datetime, zone: ZoneInfo, *, backward: bool) -> Iterator[datetime]:
    minutes, hours = line.split()[:2]
    if minutes.startswith("*") or hours.startswith("*"):
        return (instant(each) for each in CronSim(line, around.astimezone(zone), reverse=backward))
    wall = wall_clock(around, zone) + (_DAY if backward else -_DAY)
    return (at_wall_clock(each, zone) for each in CronSim(line, wall, reverse=backward))
