"""Expressions."""

from __future__ import annotations

from typing import Literal

from treadle.dsl.expressions import Sign
from treadle.dsl.nodes.base import Ident, Node

LiteralKind = Literal["text", "int", "number", "bool", "duration", "date", "time", "datetime", "money", "business_days"]


class Constant(Node, frozen=True, kw_only=True):
    """A constant. `source` is as written; `value` is what `expressions.Lit` holds (JSON, exact)."""

    kind: LiteralKind
    source: str
    value: str | int | bool


class Name(Node, frozen=True, kw_only=True):
    """A name in an expression."""

    text: str


class Member(Node, frozen=True, kw_only=True):
    """`of.name`, `of?.name`."""

    of: Expr
    name: Ident
    safe: bool = False


class Index(Node, frozen=True, kw_only=True):
    """`of[key]`."""

    of: Expr
    key: Expr


class Argument(Node, frozen=True, kw_only=True):
    """One argument of a call; `name` None when it is positional."""

    name: Ident | None
    value: Expr


class CallExpr(Node, frozen=True, kw_only=True):
    """`f(x)`, `x.f()`, `kommo.add_note(lead_id: 1)`: what is called is told apart when names are resolved."""

    of: Expr
    args: tuple[Argument, ...]


class Unary(Node, frozen=True, kw_only=True):
    """`-of`, `not of`."""

    sign: Literal["-", "not"]
    of: Expr


class BinaryExpr(Node, frozen=True, kw_only=True):
    """Arithmetic, comparison, containment. The right side of `matches` is a text literal without escapes."""

    sign: Sign
    left: Expr
    right: Expr


class Logic(Node, frozen=True, kw_only=True):
    """`a and b and c` or `a or b or c`: two or more items."""

    sign: Literal["and", "or"]
    items: tuple[Expr, ...]


class CoalesceExpr(Node, frozen=True, kw_only=True):
    """`a ?? b ?? c`: two or more items."""

    items: tuple[Expr, ...]


class IsSetExpr(Node, frozen=True, kw_only=True):
    """`of is set`, `of is not set`."""

    of: Expr
    negated: bool


class Ternary(Node, frozen=True, kw_only=True):
    """`then if test else other`."""

    then: Expr
    test: Expr
    other: Expr


class LambdaExpr(Node, frozen=True, kw_only=True):
    """`x => body`."""

    params: tuple[Ident, ...]
    body: Expr


class ListExpr(Node, frozen=True, kw_only=True):
    """`[a, b]`."""

    items: tuple[Expr, ...]


class Entry(Node, frozen=True, kw_only=True):
    """`key: value` in braces; `quoted` when the key was written as text, which makes the braces a map."""

    key: Ident
    value: Expr
    quoted: bool = False


class BraceExpr(Node, frozen=True, kw_only=True):
    """`{a: 1}` (a record) or `{"a": 1}` (a map)."""

    entries: tuple[Entry, ...]


class TextExpr(Node, frozen=True, kw_only=True):
    """Text with interpolation; a text without any is a `Constant`. Plain parts are already unescaped."""

    parts: tuple[str | Expr, ...]
    triple: bool = False


class Group(Node, frozen=True, kw_only=True):
    """`(of)`: kept, so that the formatter keeps it."""

    of: Expr


Expr = (
    Constant | Name | Member | Index | CallExpr | Unary | BinaryExpr | Logic | CoalesceExpr | IsSetExpr | Ternary
    | LambdaExpr | ListExpr | BraceExpr | TextExpr | Group
)  # fmt: skip
