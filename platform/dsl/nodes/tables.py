"""Decision tables: cells, rows, the declaration."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.nodes.annotations import TypeNode
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.common import ParamDecl
from treadle.dsl.nodes.values import Expr


class AnyCell(Node, frozen=True, kw_only=True):
    """`_`: whatever the value."""


class CompareCell(Node, frozen=True, kw_only=True):
    """`"gold"` (sign `==`), `>= 1000`: the column's value compared with a constant."""

    sign: Literal["==", "!=", "<", "<=", ">", ">="]
    value: Expr


class RangeCell(Node, frozen=True, kw_only=True):
    """`low .. high`, both ends in."""

    low: Expr
    high: Expr


class InCell(Node, frozen=True, kw_only=True):
    """`in [...]`."""

    items: Expr


class NotCell(Node, frozen=True, kw_only=True):
    """`not` before a value, a range or `in`."""

    of: CompareCell | RangeCell | InCell


class TestCell(Node, frozen=True, kw_only=True):
    """An expression with `it` as a condition: `it.starts_with("a")`, `it > 3 and it != 7`."""

    test: Expr


class BrokenCell(Node, frozen=True, kw_only=True):
    """A cell that could not be read."""


Cell = AnyCell | CompareCell | RangeCell | InCell | NotCell | TestCell | BrokenCell


class TableRow(Node, frozen=True, kw_only=True):
    """One line of a table below its head: a cell for each column and the result; `result` None when broken."""

    cells: tuple[Cell, ...]
    result: Expr | None


class TableDecl(Node, frozen=True, kw_only=True):
    """`[shared] table name(params) -> type` + `| column | -> |` lines. `columns` as the head line gives them."""

    name: Ident
    params: tuple[ParamDecl, ...]
    returns: TypeNode
    columns: tuple[Ident, ...]
    rows: tuple[TableRow, ...]
    shared: bool = False
