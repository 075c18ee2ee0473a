"""Values of the language as Python data, and their way to JSON and back.

Owns the one table of representations: text `str`, int `int`, number and money `Decimal` (an int is a number too), bool
`bool`, duration `timedelta`, date/time/datetime their namesakes (datetimes are aware), lists, dicts with text keys, and
None for missing. JSON holds numbers as exact JSON numbers, durations as ISO 8601 (`PT90S`) and times as RFC 3339;
`revive` needs the type to tell a datetime from a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.typesystem import JSON, ListOf, MapOf, Named, Optional, Record, Scalar, Type, Unknown

Value = Any  # None | str | int | Decimal | bool | timedelta | date | time | datetime | list[Value] | dict[str, Value]

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Value) -> bytes:
    """The value as JSON, numbers exact."""
    return _encoder.encode(value)


def decode(data: bytes | str) -> Value:
    """JSON as plain data: integers as int, every other number as Decimal. Raises `msgspec.DecodeError`."""
    return _decoder.decode(data)


def revive(data: Value, type: Type, records: Mapping[str, Record]) -> Value:
    """Plain JSON data as values of `type`; `records` resolves named types. Unknown fields stay as they are.

    Raises `ValueError` naming the value when the data do not fit a scalar of the type.
    """
    if data is None:
        return None
    match type:
        case Scalar(kind):
            return _scalar(data, kind)
        case Optional(inner):
            return revive(data, inner, records)
        case ListOf(item):
            return [revive(each, item, records) for each in data]
        case MapOf(value):
            return {key: revive(each, value, records) for key, each in data.items()}
        case Named(name):
            found = records.get(name)
            return _record(data, found, records) if found else data
        case Record():
            return _record(data, type, records)
        case Unknown():
            return data


def _record(data: Any, record: Record, records: Mapping[str, Record]) -> Value:
    known = {field.name: field.type for field in record.fields}
    return {key: revive(value, known.get(key, JSON), records) for key, value in data.items()}


def _scalar(data: Any, kind: str) -> Value:
    if isinstance(data, str) and (convert := _FROM_TEXT.get(kind)):
        return msgspec.convert(data, convert)
    if kind in ("number", "money") and isinstance(data, float):
        return Decimal(repr(data))
    return data


_FROM_TEXT: dict[str, type] = {
    "duration": timedelta,
    "date": date,
    "time": time,
    "datetime": datetime,
    "number": Decimal,
    "money": Decimal,
}
