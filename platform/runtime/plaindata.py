"""Whether plain JSON data are of a type of the language. Owns the question; what follows from a no is the asker's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type, show

_SPELLED: dict[str, type] = {"duration": timedelta, "date": date, "time": time, "datetime": datetime}
_NUMBERS = (int, Decimal)


def misfit(data: Any, type: Type, records: Mapping[str, Record]) -> str | None:
    """What is wrong with it: `is missing (int)` or `is no int`; None when it fits."""
    if fits(data, type, records):
        return None
    return f"is no {show(type)}" if data is not None else f"is missing ({show(type)})"


def fits(data: Any, type: Type, records: Mapping[str, Record]) -> bool:
    """Whether it is one. Of a named type that `records` does not hold, any value is."""
    match type:
        case Optional(inner):
            return data is None or fits(data, inner, records)
        case Scalar(kind):
            return _is(data, kind)
        case ListOf(item):
            return isinstance(data, list) and all(fits(each, item, records) for each in data)
        case MapOf(value):
            return isinstance(data, dict) and all(fits(each, value, records) for each in data.values())
        case Named(name) if name in records:
            return fits(data, records[name], records)
        case Record(fields):
            return isinstance(data, dict) and all(fits(data.get(each.name), each.type, records) for each in fields)
    return data is not None


def _is(data: Any, kind: str) -> bool:
    match kind:
        case "text":
            return isinstance(data, str)
        case "bool":
            return isinstance(data, bool)
        case "int" | "business_days":
            return isinstance(data, int) and not isinstance(data, bool)
        case "number" | "money":
            return isinstance(data, _NUMBERS) and not isinstance(data, bool)
        case "json":
            return data is not None
    try:
        return isinstance(data, str) and msgspec.convert(data, _SPELLED[kind]) is not None
    except msgspec.ValidationError:
        return False
