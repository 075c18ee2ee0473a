"""Declarations that are neither tables, agents nor tests, and the file."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.nodes.agents import AgentDecl, BrokenLine
from treadle.dsl.nodes.annotations import TypeNode
from treadle.dsl.nodes.base import Ident, Node
from treadle.dsl.nodes.clauses import Clause
from treadle.dsl.nodes.common import ParamDecl
from treadle.dsl.nodes.steps import Step
from treadle.dsl.nodes.tables import TableDecl
from treadle.dsl.nodes.trials import TestDecl
from treadle.dsl.nodes.values import Constant, Expr


class Edition(Node, frozen=True, kw_only=True):
    """`edition 1`."""

    number: int


class Use(Node, frozen=True, kw_only=True):
    """`[shared] use plugin ["connection"] [as name]`."""

    plugin: Ident
    connection: Constant | None = None
    alias: Ident | None = None
    shared: bool = False


class Let(Node, frozen=True, kw_only=True):
    """`[shared] let name = value`; `shared` here and below: seen from every file of the workspace."""

    name: Ident
    value: Expr
    shared: bool = False


class FunctionDecl(Node, frozen=True, kw_only=True):
    """`[shared] function name(params) -> type = body`."""

    name: Ident
    params: tuple[ParamDecl, ...]
    returns: TypeNode
    body: Expr
    shared: bool = False


class EventDecl(Node, frozen=True, kw_only=True):
    """`event name` + fields."""

    name: Ident
    fields: tuple[ParamDecl, ...]


class LimitDecl(Node, frozen=True, kw_only=True):
    """`limit "name" at most AMOUNT messages|calls of ALIAS|spend per WINDOW [per ENTITY] else wait|skip`.

    `amount` is a whole number, or money for `spend`. `per` is a word that names what the bound is counted for
    (`contact`: the argument `contact` or `contact_id` of the calls that count).
    """

    name: Constant
    amount: Expr
    what: Literal["messages", "calls", "spend"]
    of: Ident | None
    window: Expr
    per: Ident | None
    otherwise: Literal["wait", "skip"]


class CalendarDay(Node, frozen=True, kw_only=True):
    """`2026-12-25`, `2026-08-01 .. 2026-08-15`, `every 25 December`: `first` (and `last`) are `date` constants, or
    `month` and `day` are given.
    """

    first: Constant | None = None
    last: Constant | None = None
    month: int | None = None
    day: int | None = None


class CalendarDecl(Node, frozen=True, kw_only=True):
    """`calendar name` + lines of days."""

    name: Ident
    lines: tuple[CalendarDay | BrokenLine, ...]


class RuleDecl(Node, frozen=True, kw_only=True):
    """`rule "Name"`; `clauses` in the order of the text, `body` the steps under `do`."""

    name: Constant
    clauses: tuple[Clause, ...]
    body: tuple[Step, ...]


class SequenceDecl(Node, frozen=True, kw_only=True):
    """`sequence "Name"(params)`."""

    name: Constant
    params: tuple[ParamDecl, ...]
    clauses: tuple[Clause, ...]
    body: tuple[Step, ...]


class BrokenDecl(Node, frozen=True, kw_only=True):
    """A declaration that could not be read; its diagnostics are with the module. `name` is what it seems to declare."""

    keyword: str
    name: str | None = None


Decl = (
    Edition | Use | Let | FunctionDecl | TableDecl | EventDecl | AgentDecl | LimitDecl | CalendarDecl | RuleDecl
    | SequenceDecl | TestDecl | BrokenDecl
)  # fmt: skip


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its text and its declarations in order. Comments and blank lines stay in the text alone."""

    file: str
    text: str
    decls: tuple[Decl, ...]
