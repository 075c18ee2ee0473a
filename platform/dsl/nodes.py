"""The syntax tree: frozen nodes with ids and spans, one class a construct.

Owns the shapes. The parser makes them and nobody changes them; what is found out about a node later (its type, what a
name refers to) stands in side tables under the node's `id`. Ids count from 0 in each declaration, in order of the text.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.expressions import Sign
from treadle.dsl.spans import Span


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is unique in its declaration; `span` ends at the last token that belongs to the node."""

    id: int
    span: Span


class Ident(Node, frozen=True, kw_only=True):
    """A name where it is written, in a declaration or after a dot: its own node, so that it has a span."""

    text: str


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


LiteralKind = Literal["text", "int", "number", "bool", "duration", "date", "time", "datetime", "money"]


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


class Retry(Node, frozen=True, kw_only=True):
    """`retry 5 times over 1 hour`, `no retry` (times 1, over None)."""

    times: int
    over: Expr | None


class CallStep(Node, frozen=True, kw_only=True):
    """`[label:] [name =] plugin.action(...) [timeout D] [retry ...]`; also `name = f(x)` before names are resolved."""

    call: CallExpr
    name: Ident | None = None
    label: Ident | None = None
    timeout: Expr | None = None
    retry: Retry | None = None


class AssignStep(Node, frozen=True, kw_only=True):
    """`name = value`, the value not being a bare call."""

    name: Ident
    value: Expr
    label: Ident | None = None


class IfArm(Node, frozen=True, kw_only=True):
    """`if test` or `else if test`, with its steps."""

    test: Expr
    body: tuple[Step, ...]


class IfStep(Node, frozen=True, kw_only=True):
    """`if / else if / else`; `otherwise` None when there is no `else`."""

    arms: tuple[IfArm, ...]
    otherwise: tuple[Step, ...] | None
    label: Ident | None = None


class WaitStep(Node, frozen=True, kw_only=True):
    """`wait DURATION`."""

    duration: Expr
    label: Ident | None = None


class StartStep(Node, frozen=True, kw_only=True):
    """`start "Sequence"(x: 1)`."""

    sequence: Constant
    args: tuple[Argument, ...]
    label: Ident | None = None


class TextStep(Node, frozen=True, kw_only=True):
    """`log TEXT`, `fail TEXT`."""

    verb: Literal["log", "fail"]
    text: Expr
    label: Ident | None = None


class StopStep(Node, frozen=True, kw_only=True):
    """`stop`."""

    label: Ident | None = None


class LaterStep(Node, frozen=True, kw_only=True):
    """A step that is not built yet, with its block; `construct` is its name for people, `name` what it would bind."""

    construct: str
    name: Ident | None = None
    label: Ident | None = None


class BrokenStep(Node, frozen=True, kw_only=True):
    """A line that could not be read. `name` is what it seems to bind, `body` the steps under it, read as usual."""

    name: Ident | None = None
    body: tuple[Step, ...] = ()
    label: Ident | None = None


Step = CallStep | AssignStep | IfStep | WaitStep | StartStep | TextStep | StopStep | LaterStep | BrokenStep


class Edition(Node, frozen=True, kw_only=True):
    """`edition 1`."""

    number: int


class Use(Node, frozen=True, kw_only=True):
    """`use plugin ["connection"] [as name]`."""

    plugin: Ident
    connection: Constant | None = None
    alias: Ident | None = None


class Let(Node, frozen=True, kw_only=True):
    """`let name = value`."""

    name: Ident
    value: Expr


class ParamDecl(Node, frozen=True, kw_only=True):
    """`name: type`."""

    name: Ident
    type: TypeNode


class FunctionDecl(Node, frozen=True, kw_only=True):
    """`function name(params) -> type = body`."""

    name: Ident
    params: tuple[ParamDecl, ...]
    returns: TypeNode
    body: Expr


class When(Node, frozen=True, kw_only=True):
    """`when alias.trigger [(args)] as name`."""

    alias: Ident
    trigger: Ident
    args: tuple[Argument, ...]
    name: Ident


class Where(Node, frozen=True, kw_only=True):
    """`where test`."""

    test: Expr


class OncePer(Node, frozen=True, kw_only=True):
    """`once per key [within duration]`."""

    key: Expr
    within: Expr | None = None


class LaterClause(Node, frozen=True, kw_only=True):
    """A header clause that this version knows and does not run yet; `name` is what it would bind for the steps."""

    construct: str
    name: Ident | None = None


class BrokenClause(Node, frozen=True, kw_only=True):
    """A header line that could not be read: `keyword` is its first word, `name` what it seems to bind."""

    keyword: str
    name: Ident | None = None


Clause = When | Where | OncePer | LaterClause | BrokenClause


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


class LaterDecl(Node, frozen=True, kw_only=True):
    """A declaration that this version knows and does not run yet (`table`, `agent`, `event`, `test`, ...)."""

    construct: str
    name: str | None = None


class BrokenDecl(Node, frozen=True, kw_only=True):
    """A declaration that could not be read; its diagnostics are with the module. `name` is what it seems to declare."""

    keyword: str
    name: str | None = None


Decl = Edition | Use | Let | FunctionDecl | RuleDecl | SequenceDecl | LaterDecl | BrokenDecl


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its text and its declarations in order. Comments and blank lines stay in the text alone."""

    file: str
    text: str
    decls: tuple[Decl, ...]
