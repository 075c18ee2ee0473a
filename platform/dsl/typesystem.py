"""The types of the language as plain data: what a value may be, and how a type is written.

Owns the shapes of types and the questions that need no catalogue (`show`, `is_optional`). Whether one type fits another
is asked in `checker/`, because a named type has to be looked up first.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "text", "int", "number", "bool", "duration", "date", "time", "datetime", "json", "money", "business_days"
]  # fmt: skip


class Scalar(msgspec.Struct, frozen=True, tag="scalar"):
    """A value without parts. `int` is a `number`; `json` is data without a schema; `money` is in US dollars.

    `business_days` is a number of them, which only ever is added to a moment or a date.
    """

    kind: Kind


class ListOf(msgspec.Struct, frozen=True, tag="list"):
    """`[T]`."""

    item: Type


class MapOf(msgspec.Struct, frozen=True, tag="map", omit_defaults=True):
    """`{text: T}`: text keys, values of one type. `known` when the connected account knows the keys and their types."""

    value: Type
    known: Known | None = None


class Known(msgspec.Struct, frozen=True):
    """The keys of a map that an account knows, by the kind of its choices and what holds them (a table)."""

    plugin: str
    connection: str | None
    kind: str
    within: str | None
    fields: tuple[Field, ...]


class Field(msgspec.Struct, frozen=True):
    """One field of a record. `carried` is false for what an event's delivery does not bring (it must be read first)."""

    name: str
    type: Type
    doc: str = ""
    carried: bool = True


class Record(msgspec.Struct, frozen=True, tag="record"):
    """`{a: T}`: known fields. Records fit by structure; `name` is only how it is shown."""

    fields: tuple[Field, ...]
    name: str | None = None


class Named(msgspec.Struct, frozen=True, tag="named"):
    """A type that a plugin declares, by its full name (`kommo.Lead`): looked up in the catalogue."""

    name: str


class Optional(msgspec.Struct, frozen=True, tag="optional"):
    """`T?`: the value may be missing. Never holds another `Optional`."""

    inner: Type


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """The type of what was already reported as wrong: fits everything, so that one mistake gives one diagnostic."""


Type = Scalar | ListOf | MapOf | Record | Named | Optional | Unknown

TEXT, INT, NUMBER, BOOL = Scalar("text"), Scalar("int"), Scalar("number"), Scalar("bool")
DURATION, DATE, TIME, DATETIME = Scalar("duration"), Scalar("date"), Scalar("time"), Scalar("datetime")
JSON, MONEY, UNKNOWN = Scalar("json"), Scalar("money"), Unknown()
BUSINESS_DAYS = Scalar("business_days")


def optional(inner: Type) -> Type:
    """`inner?`, without doubling: an optional stays as it is."""
    return inner if isinstance(inner, Optional | Unknown) else Optional(inner)


def plain(type: Type) -> Type:
    """The type without `?`."""
    return type.inner if isinstance(type, Optional) else type


def show(type: Type) -> str:
    """The type as the language writes it, for messages and hovers."""
    match type:
        case Scalar(kind):
            return kind.replace("_", " ")  # business days are no type that can be written
        case ListOf(item):
            return f"[{show(item)}]"
        case MapOf(value):
            return f"{{text: {show(value)}}}"
        case Record(fields, name):
            return name or "{" + ", ".join(f"{field.name}: {show(field.type)}" for field in fields) + "}"
        case Named(name):
            return name
        case Optional(inner):
            return f"{show(inner)}?"
        case Unknown():
            return "unknown"
