"""`values.revive`, prepared once for a type: a function that touches only what JSON cannot hold, or nothing at all.

Every event goes through this twice, so what stays as it is costs nothing. The meaning is that of `values.revive`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from treadle.dsl import values
from treadle.dsl.typesystem import ListOf, MapOf, Named, Optional, Record, Scalar, Type
from treadle.dsl.values import Value

Revive = Callable[[Any], Value]

_AS_THEY_ARE = frozenset({"text", "int", "bool", "json"})


def reviver(type: Type, records: Mapping[str, Record]) -> Revive | None:
    """Plain JSON data to values of `type`; None when they are the same."""
    return _Preparing(records).of(type)


class _Preparing:
    """Knows the named types that are under way, because a type may hold itself."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records
        self._open: list[str] = []

    def of(self, type: Type) -> Revive | None:
        match type:
            case Scalar(kind):
                return None if kind in _AS_THEY_ARE else _scalar(type)
            case Optional(inner):
                return self.of(inner)
            case ListOf(item):
                return _list(self.of(item))
            case MapOf(value):
                return _map(self.of(value))
            case Named(name):
                return self._named(name)
            case Record():
                return self._record(type)
        return None

    def _named(self, name: str) -> Revive | None:
        record = self._records.get(name)
        if record is None:
            return None
        if name in self._open:
            records = self._records
            return lambda data: values.revive(data, record, records)
        self._open.append(name)
        made = self._record(record)
        self._open.pop()
        return made

    def _record(self, record: Record) -> Revive | None:
        parts = [(field.name, made) for field in record.fields if (made := self.of(field.type)) is not None]
        if not parts:
            return None

        def revive(data: Any) -> Value:
            if data is None:
                return None
            revived = dict(data)
            for name, part in parts:
                if revived.get(name) is not None:
                    revived[name] = part(revived[name])
            return revived

        return revive


def _scalar(type: Scalar) -> Revive:
    return lambda data: values.revive(data, type, {}) if isinstance(data, str | float) else data


def _list(item: Revive | None) -> Revive | None:
    return None if item is None else lambda data: None if data is None else [item(each) for each in data]


def _map(value: Revive | None) -> Revive | None:
    if value is None:
        return None
    return lambda data: None if data is None else {key: value(each) for key, each in data.items()}
