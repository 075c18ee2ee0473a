"""The one text form of a value, used by interpolation, `text()`, `join` and messages.

Equal values have the same form: numbers without exponent and trailing zeros, durations in words, moments as
`2026-11-23 10:00` in the zone they are shown in.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from treadle.dsl.operations.clock import shown_in
from treadle.dsl.operations.numbers import bounded, whole
from treadle.dsl.values import Value

_WRITABLE = 4_096  # bits of an int that comes from outside; those that we compute are far shorter
_UNITS = (("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000))


def text_form(value: Value, zone: str = "UTC") -> str:
    """The text of a value that is not missing; lists and maps as JSON. Raises `LimitExceeded` for a giant number."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(bounded(value, _WRITABLE))
        case Decimal():
            return number_form(value)
        case timedelta():
            return duration_form(value)
        case datetime():
            return _clock_form(shown_in(value, zone))
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes" if not value.second and not value.microsecond else "auto")
        case _:
            from treadle.dsl.values import encode

            return encode(value).decode()


def number_form(value: Decimal) -> str:
    """`1500`, `0.05`: no exponent, no trailing zeros."""
    written = format(whole(value), "f")
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def duration_form(span: timedelta) -> str:
    """`2 hours`, `1 day 30 minutes`, `0.5 seconds`, `-3 days`."""
    rest = abs(span) // timedelta(microseconds=1)
    words = []
    for unit, size in _UNITS:
        amount = rest // size if unit != "second" else Decimal(rest) / size
        rest %= size
        if amount:
            words.append(f"{number_form(Decimal(amount))} {unit}{'' if amount == 1 else 's'}")
    sign = "-" if span < timedelta(0) else ""
    return sign + " ".join(words) if words else "0 seconds"


def _clock_form(moment: datetime) -> str:
    shape = "%H:%M" if not moment.second else "%H:%M:%S"
    return f"{moment.year:04}-{moment.month:02}-{moment.day:02} {moment.strftime(shape)}"
