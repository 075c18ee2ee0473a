"""Types as they are written."""

from __future__ import annotations

from treadle.dsl.nodes.base import Ident, Node


class TypeName(Node, frozen=True, kw_only=True):
    """`text`, `kommo.Lead`; `optional` for a `?` behind any type."""

    name: str
    optional: bool = False


class TypeList(Node, frozen=True, kw_only=True):
    """`[T]`."""

    item: TypeNode
    optional: bool = False


class TypeMap(Node, frozen=True, kw_only=True):
    """`{text: T}`."""

    value: TypeNode
    optional: bool = False


class TypeRecord(Node, frozen=True, kw_only=True):
    """`{a: T}`."""

    fields: tuple[tuple[Ident, TypeNode], ...]
    optional: bool = False


TypeNode = TypeName | TypeList | TypeMap | TypeRecord
