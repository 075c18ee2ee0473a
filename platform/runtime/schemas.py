"""Types of the language as JSON Schema, for models: what tools take, and what an answer is to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from treadle.dsl.catalogue import Param
from treadle.dsl.typesystem import Field, ListOf, MapOf, Named, Optional, Record, Scalar, Type
from treadle.runtime.machine.turns import WRAPPED, wraps
from treadle.runtime.scalars import SCALARS

Schema = dict[str, Any]

_DEEPEST = 6  # records may hold themselves


def schema_of_answer(returns: Type, records: Mapping[str, Record]) -> tuple[Schema, bool]:
    """The schema of an answer, always of an object, and whether it is closed: no part of it may hold anything."""
    writer = _Writer(records)
    schema = writer.of(returns)
    return (_object({WRAPPED: schema}, [WRAPPED]) if wraps(returns) else schema), writer.closed


def schema_of_params(params: Iterable[Param], records: Mapping[str, Record]) -> Schema:
    """The schema of an action's arguments."""
    writer, given = _Writer(records), list(params)
    properties = {each.name: _told(writer.of(each.type), each.doc) for each in given}
    return _object(properties, [each.name for each in given if each.required])


class _Writer:
    """`closed` is true until a type was met that may hold anything."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self.closed = True
        self._records = records

    def of(self, type: Type, depth: int = 0) -> Schema:
        match type:
            case Scalar(kind) if kind in SCALARS:
                return dict(SCALARS[kind])
            case ListOf(item):
                return {"type": "array", "items": self.of(item, depth)}
            case MapOf(value):
                self.closed = False
                return {"type": "object", "additionalProperties": self.of(value, depth)}
            case Optional(inner):
                inside = self.of(inner, depth)
                return {"anyOf": [inside, {"type": "null"}]} if inside else inside
            case Named(name) if name in self._records:
                return self.of(self._records[name], depth)
            case Record(fields) if depth < _DEEPEST:
                return self._record(fields, depth + 1)
        self.closed = False
        return {}

    def _record(self, fields: tuple[Field, ...], depth: int) -> Schema:
        properties = {each.name: _told(self.of(each.type, depth), each.doc) for each in fields}
        return _object(properties, list(properties))


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _told(schema: Schema, doc: str) -> Schema:
    return {**schema, "description": doc} if doc else schema
