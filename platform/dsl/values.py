"""Values of the language as Python data, and their way to JSON and back.

Owns the one table of representations: text `str`, int `int`, number and money `Decimal` (an int is a number too), bool
`bool`, duration `timedelta`, date/time/datetime their namesakes (datetimes are aware), lists, dicts with text keys, and
None for missing. JSON holds numbers as exact JSON numbers, durations as ISO 8601 (`PT90S`) and times as RFC 3339;
`revive` needs the type to tell a datetime from a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type, Unknown

Value = Any  # None | str | int | Decimal | bool | timedelta | date | time | datetime | list[Value] | dict[str, Value]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Value) -> bytes:
    """The value as JSON, numbers exact."""
    return _encoder.encode(value)


def decode(data: bytes | str) -> Value:
    """JSON as plain data: integers as int, every other number as Decimal. Raises `msgspec.DecodeError`."""
    return _decoder.decode(data)


Revive = Callable[[Any], Value]
"""Plain JSON data to values of one type. Raises `ValueError` naming the value when a scalar does not fit."""


def revive(data: Value, type: Type, records: Mapping[str, Record]) -> Value:
    """Plain JSON data as values of `type`; `records` resolves named types. Unknown fields stay as they are.

    Raises `ValueError` naming the value when the data do not fit a scalar of the type.
    """
    return reviver(type, records)(data)


def reviver(type: Type, records: Mapping[str, Record]) -> Revive:
    """`revive` for many data of one type: what JSON holds exactly is found out once and never touched again."""
    return _Revivers(records).of(type) or _as_it_is


def _as_it_is(data: Any) -> Value:
    return data


class _Revivers:
    """Builds functions per type; None stands for a type all of whose values JSON holds as they are."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records
        self._named: dict[str, Revive | None] = {}

    def of(self, type: Type) -> Revive | None:
        match type:
            case Scalar(kind):
                return _SCALARS.get(kind)
            case Optional(inner):
                return self.of(inner)
            case ListOf(item):
                return _list(each) if (each := self.of(item)) else None
            case MapOf(value):
                return _map(each) if (each := self.of(value)) else None
            case Named(name):
                return self._of_name(name)
            case Record():
                return self._of_record(type)
            case Unknown():
                return None

    def _of_name(self, name: str) -> Revive | None:
        if name not in self._named:
            record = self._records.get(name)
            self._named[name] = lambda data: made(data) if (made := self._named[name]) else data  # may mention itself
            self._named[name] = self._of_record(record) if record else None
        return self._named[name]

    def _of_record(self, record: Record) -> Revive | None:
        fields = tuple((field.name, each) for field in record.fields if (each := self.of(field.type)))

        def fill(data: Any) -> Value:
            if data is None:
                return None
            made = dict(data)
            for name, each in fields:
                if name in made:
                    made[name] = each(made[name])
            return made

        return fill if fields else None


def _list(each: Revive) -> Revive:
    return lambda data: None if data is None else [each(item) for item in data]


def _map(each: Revive) -> Revive:
    return lambda data: None if data is None else {key: each(value) for key, value in data.items()}


def _from_text(wanted: type[Any]) -> Revive:
    return lambda data: msgspec.convert(data, wanted) if isinstance(data, str) else data


def _number(data: Any) -> Value:
    if isinstance(data, str):
        return msgspec.convert(data, Decimal)
    return Decimal(repr(data)) if isinstance(data, float) else data


_SCALARS: dict[str, Revive] = {
    "duration": _from_text(timedelta),
    "date": _from_text(date),
    "time": _from_text(time),
    "datetime": _from_text(datetime),
    "number": _number,
    "money": _number,
}
