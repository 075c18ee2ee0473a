"""Moments, days and spans of time. Owns exact time arithmetic and zones.

A day is 24 hours: moments are moved and compared on the UTC line, whatever zone they are shown in. A moment in plain
UTC is shown in the workspace's zone; one that was put into a zone, or came with an offset, is shown as it is. What an
expression hands on has an offset instead of a zone (`settled`), as JSON will have: a value does not change by being
stored and read back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from treadle.dsl.operations import numbers
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded, quote
from treadle.dsl.values import Value

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
    """The moment as the wall clock has it: in its own zone or offset, else in `zone`."""
    plain = moment.tzinfo is None or moment.tzinfo is UTC
    return instant(moment).astimezone(zone_named(zone)) if plain else moment


def settled(value: Value) -> Value:
    """The value with named zones turned into the offsets that they stand for."""
    match value:
        case datetime(tzinfo=ZoneInfo()):
            return value.astimezone(timezone(value.utcoffset() or timedelta()))
        case list():
            return [settled(each) for each in value]
        case dict():
            return {key: settled(each) for key, each in value.items()}
        case _:
            return value


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
