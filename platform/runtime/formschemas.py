"""What plugins declare as JSON Schema 2020-12, for whoever draws a form or checks data. Pure.

Beside the standard's words: `x-pick` names the account's values that a text is one of (`{"kind": "stages"}`), with
`within` the field that narrows them. A secret is `writeOnly`. Schemas stand alone: records lie in `$defs`, so that one
may hold itself. What models are given is `schemas`, which knows no references.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from treadle.dsl.catalogue import Param
from treadle.dsl.typesystem import Field, ListOf, MapOf, Named, Optional, Record, Scalar, Type
from treadle.runtime.fields import secret_fields
from treadle.runtime.scalars import SCALARS
from treadle.sdk.connection import Connection

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def form_of(params: Iterable[Param], records: Mapping[str, Record]) -> Schema:
    """The schema of named arguments; `records` by their name within the plugin."""
    writer, given = _Writer(records), list(params)
    properties = {each.name: _described(_picked(writer.of(each.type), each), each.doc) for each in given}
    return writer.whole(_object(properties, [each.name for each in given if each.required]))


def schema_of(type: Type, records: Mapping[str, Record]) -> Schema:
    """The schema of one value."""
    writer = _Writer(records)
    return writer.whole(writer.of(type))


def schema_of_connection(kind: type[Connection]) -> Schema:
    """The schema of a connection's fields; an example of the kind's own stands in `examples`."""
    (root,), defs = msgspec.json.schema_components([kind], schema_hook=_hidden, ref_template="#/$defs/{name}")
    schema: Schema = defs.pop(root["$ref"].rpartition("/")[2])
    secret = secret_fields(kind)
    for name, each in schema["properties"].items():
        if name in secret:
            each |= {"writeOnly": True, "format": "password"}
        each.setdefault("title", name.replace("_", " ").capitalize())
    schema |= {"description": inspect.cleandoc(kind.__doc__ or ""), "additionalProperties": False}
    schema = {"$schema": DIALECT, **schema}
    if kind.example:
        schema["examples"] = [dict(kind.example)]
    return {**schema, "$defs": defs} if defs else schema


def _hidden(kind: type) -> Schema:
    """Secrets are texts on their way in; msgspec knows no schema of them."""
    return {"type": "string"}


class _Writer:
    """Carries the records met on the way, by their full name."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        self._records = records
        self._defs: dict[str, Schema] = {}

    def whole(self, schema: Schema) -> Schema:
        return {"$schema": DIALECT, **schema} | ({"$defs": self._defs} if self._defs else {})

    def of(self, type: Type) -> Schema:
        match type:
            case Scalar(kind):
                return dict(SCALARS.get(kind, {}))
            case ListOf(item):
                return {"type": "array", "items": self.of(item)}
            case MapOf(value):
                return {"type": "object", "additionalProperties": self.of(value)}
            case Optional(inner):
                inside = self.of(inner)
                return {"anyOf": [inside, {"type": "null"}]} if inside else inside
            case Named(name):
                return self._named(name)
            case Record(fields):
                return self._record(fields)
        return {}

    def _named(self, name: str) -> Schema:
        short = name.partition(".")[2]
        if short not in self._records:
            return {}
        if name not in self._defs:
            self._defs[name] = {}  # met again on the way down
            self._defs[name] = {"title": name, **self._record(self._records[short].fields)}
        return {"$ref": f"#/$defs/{name}"}

    def _record(self, fields: tuple[Field, ...]) -> Schema:
        properties = {each.name: _described(self.of(each.type), each.doc) for each in fields}
        required = [each.name for each in fields if not isinstance(each.type, Optional)]
        return {"type": "object", "properties": properties, "required": required}


def _object(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _picked(schema: Schema, param: Param) -> Schema:
    if param.pick is None:
        return schema
    pick = {"kind": param.pick, "within": param.within, "tail": param.tail or None}
    return {**schema, "x-pick": {name: value for name, value in pick.items() if value is not None}}


def _described(schema: Schema, doc: str) -> Schema:
    return {**schema, "description": doc} if doc else schema
