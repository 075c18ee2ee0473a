"""`only during`: whether a run may have an effect now, and if not, when. Owns the spreading of runs over an opening."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from treadle.dsl.graph import Calendar, Window
from treadle.dsl.operations.calendars import NO_HOLIDAYS, Holidays, Hours
from treadle.dsl.operations.clock import zone_named
from treadle.dsl.operations.faults import EvaluationError

SPREAD = timedelta(minutes=5)
"""Runs that wait for an opening start within so much of it, or within a tenth of it when that is less."""


def opens_at(
    window: Window, zone: str, calendar: Calendar | None, now: datetime, spread: float = 0.0
) -> datetime | None:
    """None while the window is open, else when this run may go on. `spread` is its own number in [0, 1).

    Raises `EvaluationError` for an unknown zone, or a window that never opens.
    """
    hours = _hours(window.days, window.start, window.end, zone_named(zone), calendar or Calendar())
    if hours.ends(now) is not None:
        return None
    found = hours.next(now)
    if found is None:
        raise EvaluationError("limit", "the window of `only during` does not open within two years")
    opens, ends = found
    return opens + min(SPREAD, (ends - opens) / 10) * spread


def spread_of(run_id: UUID) -> float:
    """A number in [0, 1) that is always the same for a run, and even over many."""
    return int.from_bytes(hashlib.sha256(run_id.bytes).digest()[:6]) / 2**48


@lru_cache(maxsize=1024)
def _hours(days: tuple[int, ...], start: str, end: str, zone: ZoneInfo, calendar: Calendar) -> Hours:
    off = Holidays(calendar.dates, calendar.ranges, calendar.yearly) if calendar != Calendar() else NO_HOLIDAYS
    return Hours(days, start, end, zone, off)
