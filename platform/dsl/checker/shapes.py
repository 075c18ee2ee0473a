"""Types that only the connected account knows: a table's columns, an entity's custom fields.

Owns putting them into the types that a plugin declares, and taking them out again for what is stored. A part with a
known type is brought to it where it is read, because a service may send a number as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import msgspec

from treadle.dsl.catalogue import Account, Catalogue, Choice, Shape
from treadle.dsl.typesystem import (
    JSON,
    Field,
    Kind,
    Known,
    ListOf,
    MapOf,
    Named,
    Optional,
    Record,
    Scalar,
    Type,
    optional,
    plain,
)

_KINDS = frozenset(get_args(Kind))
_BROUGHT = frozenset({"number", "date", "datetime"})  # what JSON, or the service, may hold as a text


class Shapes:
    """Answers for one catalogue. Each type is made once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._made: dict[tuple[str, str | None, str, str | None], Type] = {}

    def payload(self, type: Type, plugin: str, connection: str | None, holders: Mapping[str, str]) -> Type:
        """A record, or a list of them, with the parts that the account knows; `holders` are constant arguments."""
        spec, account = self._catalogue.plugins.get(plugin), self._catalogue.account(plugin, connection)
        if spec is None or account is None or not spec.shapes:
            return type
        match type:
            case ListOf(item):
                return ListOf(self.payload(item, plugin, connection, holders))
            case Optional(inner):
                return Optional(self.payload(inner, plugin, connection, holders))
            case Named(name):
                key = (plugin, connection, name, msgspec.json.encode(holders, order="sorted").decode())
                if key not in self._made:
                    self._made[key] = self._record(type, spec.shapes, account, connection, holders)
                return self._made[key]
        return type

    def result(self, type: Type, plugin: str, connection: str | None, action: str, holders: Mapping[str, str]) -> Type:
        """What an action gives, as far as the account knows it."""
        spec, account = self._catalogue.plugins.get(plugin), self._catalogue.account(plugin, connection)
        shape = spec.shapes.get(action) if spec else None
        if shape is not None and account is not None:
            return _with(type, _known(account, shape, connection, holders))
        return self.payload(type, plugin, connection, holders)

    def _record(
        self,
        type: Named,
        shapes: Mapping[str, Shape],
        account: Account,
        connection: str | None,
        holders: Mapping[str, str],
    ) -> Type:
        record, short = self._catalogue.record(type.name), type.name.partition(".")[2]
        if record is None:
            return type
        fields = tuple(
            msgspec.structs.replace(field, type=_with(field.type, _known(account, shape, connection, holders)))
            if (shape := shapes.get(f"{short}.{field.name}"))
            else field
            for field in record.fields
        )
        return type if fields == record.fields else Record(fields, type.name)


def _known(account: Account, shape: Shape, connection: str | None, holders: Mapping[str, str]) -> Known | None:
    """What the account says of the parts; None when it does not tell, or when it is not said what holds them."""
    choices = account.choices.get(shape.kind)
    holder = holders.get(shape.within) if shape.within else None
    if choices is None or (shape.within and holder is None):
        return None
    fields = tuple(Field(each.name, type_of(each)) for each in choices if each.within == holder)
    if not fields or all(each.type is None for each in choices):
        return None
    return Known(account.plugin, connection, shape.kind, holder, fields)


def type_of(choice: Choice) -> Type:
    """The type of the value in a field or a column; json where the account tells none."""
    kind = (choice.type or "json").removesuffix("?")
    if kind == "json" or kind not in _KINDS:
        return JSON
    scalar = Scalar(kind)  # type: ignore[arg-type]  # it is one of them
    return optional(scalar) if choice.type and choice.type.endswith("?") else scalar


def _with(type: Type, known: Known | None) -> Type:
    if known is None:
        return type
    match type:
        case ListOf(item):
            return ListOf(_with(item, known))
        case Optional(inner):
            return Optional(_with(inner, known))
        case MapOf(value) if value == JSON:
            return MapOf(JSON, known)
        case _ if type == JSON:
            return MapOf(JSON, known)
    return type


def conversion(type: Type) -> str | None:
    """The function that brings data to a known type; None where JSON holds it as it is."""
    inner = plain(type)
    return inner.kind if isinstance(inner, Scalar) and inner.kind in _BROUGHT else None


def stored(type: Type, catalogue: Catalogue) -> Type:
    """The type without what an account knows: what a recorded value is read back as."""
    match type:
        case Record(name=str(name)) if catalogue.record(name) is not None:
            return Named(name)
        case ListOf(item):
            return ListOf(stored(item, catalogue))
        case Optional(inner):
            return Optional(stored(inner, catalogue))
        case MapOf(value, known) if known is not None:
            return MapOf(value)
    return type
