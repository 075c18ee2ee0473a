"""CLDR date patterns, in English and by hand. Owns which letters there are.

Letters follow UTS 35, "Date Field Symbols": y Y Q M L w d D E a H h K k m s S Z X x z V. A letter that is not among
them is an error, so that a pattern never comes out half right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from treadle.dsl.operations.faults import EvaluationError, quote

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)")
_LONGEST = 200  # characters of a pattern

Field = Callable[[Any, int], str]  # (day, clock or moment; how often the letter stands) -> text


def formatted(value: date | time | datetime, pattern: str) -> str:
    """The value as the pattern says. Raises `EvaluationError` for a letter that is none or that the value has not."""
    if len(pattern) > _LONGEST:
        raise EvaluationError("pattern", f"a date pattern may have {_LONGEST} characters")
    parts, at = [], 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise EvaluationError("pattern", f"{quote(pattern)} opens a quote and does not close it")
        quoted, run, letter, plain = token.groups()
        at = token.end()
        if letter:
            parts.append(_field(value, pattern, letter, len(run)))
        else:
            parts.append(plain or (quoted or "'").replace("''", "'"))
    return "".join(parts)


def _field(value: Any, pattern: str, letter: str, count: int) -> str:
    field = _FIELDS.get(letter)
    if field is None:
        raise EvaluationError(
            "pattern", f"{quote(pattern)}: {letter} is no letter of a date pattern, quote it as '{letter}'"
        )
    try:
        return field(value, count)
    except AttributeError:
        kind = "clock time" if isinstance(value, time) else "date"
        raise EvaluationError("pattern", f"{quote(pattern)}: a {kind} has no {letter}") from None


def _year(year: int, count: int) -> str:
    return f"{year % 100:02}" if count == 2 else f"{year:0{count}}"


def _name(names: tuple[str, ...], index: int, count: int) -> str:
    """Three letters and fewer: short; four: full; five: the first letter; six: two letters."""
    full = names[index]
    return {4: full, 5: full[0], 6: full[:2]}.get(count, full[:3])


def _month(value: Any, count: int) -> str:
    return f"{value.month:0{count}}" if count < 3 else _name(_MONTHS, value.month - 1, count)


def _quarter(value: Any, count: int) -> str:
    quarter = (value.month + 2) // 3
    names = ("1st", "2nd", "3rd", "4th")
    return {3: f"Q{quarter}", 4: f"{names[quarter - 1]} quarter"}.get(count, f"{quarter:0{count}}")


def _offset(value: Any, count: int, *, zulu: bool, colon: bool) -> str:
    span = value.utcoffset()
    if span is None:
        raise AttributeError
    if zulu and not span:
        return "Z"
    minutes = abs(span) // timedelta(minutes=1)
    hours = f"{'-' if span < timedelta(0) else '+'}{minutes // 60:02}"
    if count == 1 and not minutes % 60 and not colon:
        return hours
    return f"{hours}{':' if colon else ''}{minutes % 60:02}"


def _basic_offset(value: Any, count: int) -> str:
    prefix = "GMT" if count == 4 else ""
    return prefix + _offset(value, 2, zulu=count == 5, colon=count >= 4)


def _zone(value: Any, count: int) -> str:
    return str(getattr(value.tzinfo, "key", None) or "UTC") if count >= 2 else str(value.tzname() or "")


_FIELDS: dict[str, Field] = {
    "y": lambda value, count: _year(value.year, count),
    "Y": lambda value, count: _year(value.isocalendar().year, count),
    "Q": _quarter,
    "M": _month,
    "L": _month,
    "w": lambda value, count: f"{value.isocalendar().week:0{count}}",
    "d": lambda value, count: f"{value.day:0{count}}",
    "D": lambda value, count: f"{value.timetuple().tm_yday:0{count}}",
    "E": lambda value, count: _name(_DAYS, value.weekday(), count),
    "a": lambda value, count: ("a" if value.hour < 12 else "p") if count == 5 else "AM" if value.hour < 12 else "PM",
    "H": lambda value, count: f"{value.hour:0{count}}",
    "h": lambda value, count: f"{(value.hour + 11) % 12 + 1:0{count}}",
    "K": lambda value, count: f"{value.hour % 12:0{count}}",
    "k": lambda value, count: f"{value.hour or 24:0{count}}",
    "m": lambda value, count: f"{value.minute:0{count}}",
    "s": lambda value, count: f"{value.second:0{count}}",
    "S": lambda value, count: f"{value.microsecond:06}".ljust(count, "0")[:count],
    "Z": _basic_offset,
    "X": lambda value, count: _offset(value, count, zulu=True, colon=count in (3, 5)),
    "x": lambda value, count: _offset(value, count, zulu=False, colon=count in (3, 5)),
    "z": lambda value, count: str(value.tzname() or ""),
    "V": _zone,
}
