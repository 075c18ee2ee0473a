"""Moments, days and spans of time. Owns exact time arithmetic and zones.

A day is 24 hours: moments are moved and compared on the UTC line, whatever zone they are shown in. A datetime whose
tzinfo is a `ZoneInfo` was put into that zone by name; any other is shown in the workspace's zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from treadle.dsl.operations import numbers
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded, quote

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `EvaluationError` when there is none."""
    try:
        if not name or len(name) > 64:
            raise ValueError
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise EvaluationError("zone", f"there is no time zone {quote(name)}, write one such as Europe/Madrid") from None


def instant(moment: datetime) -> datetime:
    """The same moment on the UTC line, fit for comparing and subtracting. A naive one is taken for UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def shown_in(moment: datetime, zone: str) -> datetime:
    """The moment as the wall clock has it: in the zone it was put into by name, else in `zone`."""
    return moment if isinstance(moment.tzinfo, ZoneInfo) else instant(moment).astimezone(zone_named(zone))


def move(moment: datetime, by: timedelta) -> datetime:
    """The moment that is `by` later, in the same zone."""
    try:
        return (instant(moment) + by).astimezone(moment.tzinfo or UTC)
    except OverflowError:
        raise LimitExceeded(f"{moment:%Y-%m-%d} cannot be moved by {quote(by)}") from None


def move_day(day: date, by: timedelta) -> date:
    """The day that is `by` later. Raises `EvaluationError` unless `by` is whole days."""
    if by % _DAY:
        raise EvaluationError("arithmetic", f"a date moves by whole days, not by {quote(by)}")
    try:
        return day + by
    except OverflowError:
        raise LimitExceeded(f"{day} cannot be moved by {quote(by)}") from None


def scale(span: timedelta, factor: numbers.Number) -> timedelta:
    """The span times a number, rounded to microseconds."""
    return _span(numbers.CONTEXT.multiply(Decimal(span // _MICROSECOND), factor))


def shrink(span: timedelta, divisor: numbers.Number) -> timedelta:
    """The span divided by a number, rounded to microseconds. Raises `EvaluationError` for zero."""
    return _span(numbers.divide(Decimal(span // _MICROSECOND), divisor))


def ratio(span: timedelta, other: timedelta) -> numbers.Number:
    """How many times `other` goes into the span. Raises `EvaluationError` for zero."""
    return numbers.divide(span // _MICROSECOND, other // _MICROSECOND)


def _span(microseconds: numbers.Number) -> timedelta:
    try:
        return timedelta(microseconds=numbers.round_to_int(microseconds))
    except OverflowError:
        raise LimitExceeded("a duration may have 999,999,999 days") from None
