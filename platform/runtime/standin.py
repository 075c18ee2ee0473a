"""A value in place of one that nobody asked for: what an action would have answered, made from its type.

Used where effects are recorded and not sent, so that the steps behind a call can be shown too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type, Unknown
from treadle.dsl.values import Value

_DEEPEST = 6
_SCALARS: dict[str, Value] = {
    "int": 0,
    "number": Decimal(0),
    "money": Decimal(0),
    "bool": False,
    "duration": timedelta(),
    "date": date(2026, 1, 1),
    "time": time(),
    "datetime": datetime(2026, 1, 1, tzinfo=UTC),
    "json": None,
}


def stand_in(type: Type | None, records: Mapping[str, Record], name: str = "result", depth: int = 0) -> Value:
    """A value of this type: texts say where they come from, lists are empty, what may be missing is missing."""
    match type:
        case Scalar(kind):
            return f"<{name}>" if kind == "text" else _SCALARS[kind]
        case ListOf():
            return []
        case MapOf():
            return {}
        case Named(full):
            return stand_in(records.get(full), records, name, depth)
        case Record(fields) if depth < _DEEPEST:
            return {each.name: stand_in(each.type, records, f"{name}.{each.name}", depth + 1) for each in fields}
        case Optional() | Unknown() | Record() | None:
            return None
