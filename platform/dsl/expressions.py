"""Expressions as execution sees them: checked, with every name resolved, plain data that serialises.

Owns the shapes. `lower/` makes them from the syntax tree, `evaluator/` computes them. A missing value is None. Nothing
here can name a host, a file, a module or an attribute: only values, fields of values and functions from the table.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Sign = Literal[
    "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=",
    "in", "not in", "contains", "starts with", "ends with", "matches",
]  # fmt: skip


LitKind = Literal[
    "text", "int", "number", "bool", "duration", "date", "time", "datetime", "money", "missing", "business_days"
]


class _Expr(msgspec.Struct, frozen=True, tag_field="op", omit_defaults=True):
    pass


class Lit(_Expr, frozen=True, tag="lit"):
    """A constant. `value` is JSON, read back by `type` (`values.revive`), so that numbers stay exact."""

    value: str | int | bool | None
    type: LitKind


class Var(_Expr, frozen=True, tag="var"):
    """A name in scope: the event, a result of a step, a parameter, or `now`."""

    name: str


class Get(_Expr, frozen=True, tag="get"):
    """`of.field`; with `safe` (`?.`) a missing `of` gives missing."""

    of: Expr
    field: str
    safe: bool = False


class Item(_Expr, frozen=True, tag="item"):
    """`of[key]`: missing when the list is too short, the map has no such key, or `of` is missing json."""

    of: Expr
    key: Expr


class Not(_Expr, frozen=True, tag="not"):
    """`not of`."""

    of: Expr


class Negate(_Expr, frozen=True, tag="neg"):
    """`-of`."""

    of: Expr


class Binary(_Expr, frozen=True, tag="bin"):
    """Arithmetic, comparison or containment of two values."""

    sign: Sign
    left: Expr
    right: Expr


class And(_Expr, frozen=True, tag="and"):
    """`a and b and c`, left to right, stops at the first false."""

    items: tuple[Expr, ...]


class Or(_Expr, frozen=True, tag="or"):
    """`a or b or c`, left to right, stops at the first true."""

    items: tuple[Expr, ...]


class Choose(_Expr, frozen=True, tag="if"):
    """`then if test else other`."""

    test: Expr
    then: Expr
    other: Expr


class Coalesce(_Expr, frozen=True, tag="??"):
    """The first of `items` that is not missing."""

    items: tuple[Expr, ...]


class IsSet(_Expr, frozen=True, tag="set"):
    """`of is set`, or with `negated` `of is not set`."""

    of: Expr
    negated: bool = False


class Apply(_Expr, frozen=True, tag="call"):
    """A built-in function, or with `own` a `function` of the file; with `safe` (`x?.trim()`) a missing first argument
    gives missing.
    """

    function: str
    args: tuple[Expr, ...]
    own: bool = False
    safe: bool = False


class Lambda(_Expr, frozen=True, tag="fn"):
    """`x => body`, only ever an argument of a built-in such as `filter`."""

    params: tuple[str, ...]
    body: Expr


class MakeList(_Expr, frozen=True, tag="list"):
    """`[a, b]`."""

    items: tuple[Expr, ...]


class MakeRecord(_Expr, frozen=True, tag="record"):
    """`{a: 1}` and `{"a": 1}`: keys in order, values computed."""

    entries: tuple[tuple[str, Expr], ...]


class Join(_Expr, frozen=True, tag="text"):
    """Interpolated text: the parts, each turned into text, joined. Never parsed again."""

    parts: tuple[Expr, ...]


class Cases(_Expr, frozen=True, tag="cases"):
    """A decision table: the result of the first row whose test holds (missing when none does; checking excludes it)."""

    rows: tuple[tuple[Expr, Expr], ...]


Expr = (
    Lit | Var | Get | Item | Not | Negate | Binary | And | Or | Choose | Coalesce | IsSet | Apply | Lambda
    | MakeList | MakeRecord | Join | Cases
)  # fmt: skip


class Function(msgspec.Struct, frozen=True):
    """A `function` of the file: one pure expression over its parameters. Never calls itself, checked when compiled."""

    params: tuple[str, ...]
    body: Expr
