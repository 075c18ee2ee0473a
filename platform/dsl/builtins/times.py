"""Functions on days, moments and durations. Owns their declarations and behaviour.

The present is the name `now`, which stands in the scope; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from treadle.dsl.builtins.declaration import Builtin, declare, takes
from treadle.dsl.operations.clock import instant, ratio, shown_in, zone_named
from treadle.dsl.operations.date_pattern import formatted
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.typesystem import DATE, DATETIME, DURATION, INT, JSON, NUMBER, TEXT, TIME, Type
from treadle.dsl.values import Value

_GROUP = "Time"
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = 'datetime("2026-11-23T09:30:00Z")'


def _shown(scope: Scope, value: Any) -> Any:
    return shown_in(value, scope.zone) if isinstance(value, datetime) else value


def _read(value: str, kind: type, name: str) -> Any:
    try:
        return msgspec.convert(value.strip(), kind)
    except msgspec.ValidationError:
        raise EvaluationError("conversion", f"cannot read {quote(value)} as {name}") from None


@declare(
    _GROUP,
    "today",
    "The day it is now, in the workspace's zone; written without parentheses.",
    takes(DATE),
    examples={"today == date(now)": "true"},
)
def today(scope: Scope) -> date:
    """`today`."""
    moment = scope.names.get("now")
    if not isinstance(moment, datetime):
        raise EvaluationError("name", "now is not known here")
    return shown_in(instant(moment), scope.zone).date()


@declare(
    _GROUP,
    "date",
    "A day: of a year, a month and a day, of a text such as 2026-11-23, or the one that a moment falls on in its zone.",
    takes(DATE, year=INT, month=INT, day=INT),
    takes(DATE, moment=DATETIME),
    takes(DATE, text=TEXT),
    takes(DATE, value=JSON),
    examples={'date(2026, 11, 23) == date("2026-11-23")': "true", f"date({_MOMENT})": "date(2026, 11, 23)"},
)
def date_(scope: Scope, value: Value, month: int | None = None, day: int | None = None) -> date:
    """`date`."""
    match value:
        case int() if month is not None and day is not None:
            return _day(value, month, day)
        case datetime():
            return shown_in(value, scope.zone).date()
        case date():
            return value
        case str():
            found: date = _read(value, date, "a date, write 2026-11-23")
            return found
        case _:
            raise EvaluationError("conversion", f"cannot read {quote(value)} as a date")


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise EvaluationError("conversion", f"there is no day {year}-{month}-{day}") from None


@declare(
    _GROUP,
    "datetime",
    "The moment that a text or a json value holds, such as 2026-11-23T09:30:00Z; without an offset it is the clock of "
    "the workspace's zone.",
    takes(DATETIME, text=TEXT),
    takes(DATETIME, value=JSON),
    examples={f'{_MOMENT} == datetime("2026-11-23T10:30:00+01:00")': "true"},
)
def datetime_(scope: Scope, value: Value) -> datetime:
    """`datetime`."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise EvaluationError("conversion", f"cannot read {quote(value)} as a datetime")
    found: datetime = _read(value, datetime, "a datetime, write 2026-11-23T09:30:00Z")
    return found if found.tzinfo else found.replace(tzinfo=zone_named(scope.zone)).astimezone(UTC)


@declare(
    _GROUP,
    "time",
    "The time of the clock that a text such as 09:00 or a json value holds.",
    takes(TIME, text=TEXT),
    takes(TIME, value=JSON),
    examples={f'{_MOMENT}.clock > time("09:00")': "true"},
)
def time_(scope: Scope, value: Value) -> time:
    """`time`."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str):
        raise EvaluationError("conversion", f"cannot read {quote(value)} as a time")
    digits = f"{value.strip()}:00" if value.count(":") == 1 else value
    found: time = _read(digits, time, "a time, write 09:00")
    return found.replace(tzinfo=None)


@declare(
    _GROUP,
    "in",
    "The same moment on the clocks of a zone, named as in the IANA database. Written `t.in(zone)`.",
    takes(DATETIME, moment=DATETIME, zone=TEXT),
    examples={f'{_MOMENT}.in("Europe/Madrid").hour': "10"},
)
def in_(scope: Scope, moment: datetime, zone: str) -> datetime:
    """`in`."""
    return instant(moment).astimezone(zone_named(zone))


@declare(
    _GROUP,
    "format",
    "The day, the clock time or the moment as a CLDR pattern writes it, in English. Letters: `y` year, `M` month "
    "(`MMM` Nov, `MMMM` November), `d` day, `D` day of the year, `E` weekday (`EEEE` Monday), `Q` quarter, `w` ISO "
    "week (`Y` its year), `a` AM or PM, `H` `h` `K` `k` hour, `m` minute, `s` second, `S` fraction, `Z` `X` `x` "
    "offset, `z` zone, `VV` zone id; letters in 'single quotes' stand for themselves.",
    takes(TEXT, moment=DATETIME, pattern=TEXT),
    takes(TEXT, day=DATE, pattern=TEXT),
    takes(TEXT, time=TIME, pattern=TEXT),
    examples={
        'date(2026, 11, 3).format("d MMM yyyy")': '"3 Nov 2026"',
        f"""{_MOMENT}.format("EEEE 'at' HH:mm")""": '"Monday at 09:30"',
    },
)
def format_(scope: Scope, value: Any, pattern: str) -> str:
    """`format`."""
    scope.room_for_text(len(pattern) * 4)
    return formatted(_shown(scope, value), pattern)


def _part(name: str, doc: str, returns: Type, gives: str, *of: Type) -> Callable[[Callable[[Any], Value]], Builtin]:
    def wrap(read: Callable[[Any], Value]) -> Builtin:
        forms = tuple(takes(returns, **{"day" if each == DATE else "moment": each}) for each in of)
        call = declare(_GROUP, name, doc, *forms, examples={f"{_MOMENT}.{name}": gives}, style="member")
        return call(lambda scope, value: read(_shown(scope, value)))

    return wrap


_PARTS = (
    _part("weekday", "The day of the week in small letters: `monday` to `sunday`.", TEXT, '"monday"', DATETIME, DATE)(
        lambda value: _WEEKDAYS[value.weekday()]
    ),
    _part("year", "The year.", INT, "2026", DATETIME, DATE)(lambda value: value.year),
    _part("month", "The month, 1 to 12.", INT, "11", DATETIME, DATE)(lambda value: value.month),
    _part("day", "The day of the month, 1 to 31.", INT, "23", DATETIME, DATE)(lambda value: value.day),
    _part("hour", "The hour of the clock, 0 to 23.", INT, "9", DATETIME)(lambda value: value.hour),
    _part("minute", "The minute of the clock, 0 to 59.", INT, "30", DATETIME)(lambda value: value.minute),
    _part("clock", 'The time of the clock, to compare with `time("09:00")`.', TIME, f"{_MOMENT}.clock", DATETIME)(
        lambda value: value.time()
    ),
)


def _span(name: str, unit: timedelta) -> Builtin:
    doc = f"How many {name} the duration is, with a fraction."
    examples = {f"(36 hours).{name}": {"days": "1.5", "hours": "36", "minutes": "2160", "seconds": "129600"}[name]}
    form = takes(NUMBER, duration=DURATION)
    return declare(_GROUP, name, doc, form, examples=examples, style="member")(lambda scope, span: ratio(span, unit))


_SPANS = tuple(_span(name, timedelta(**{name: 1})) for name in ("days", "hours", "minutes", "seconds"))

FUNCTIONS = (today, date_, datetime_, time_, in_, format_, *_PARTS, *_SPANS)
