"""Finds the type of an expression. Owns the walk and the one place where a value meets the type that is needed.

Each kind of expression has its function in `reading`, `literals`, `operators` or `calls`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from treadle.dsl import nodes
from treadle.dsl import type_codes as codes
from treadle.dsl.checker import calls, literals, operators, reading
from treadle.dsl.checker.desk import Desk
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import Fitting, is_kind
from treadle.dsl.checker.narrowing import known_when
from treadle.dsl.checker.scopes import FileScope
from treadle.dsl.checker.tables import Tables
from treadle.dsl.checker.walking import bare, shown
from treadle.dsl.checker.weighing import bounded
from treadle.dsl.diagnostics import Fix, TextEdit
from treadle.dsl.typesystem import (
    BOOL,
    INT,
    JSON,
    NUMBER,
    UNKNOWN,
    ListOf,
    Optional,
    Scalar,
    Type,
    Unknown,
    plain,
    show,
)

_WALK: dict[type, Callable[[Any, Any, Env, Type | None], Type]] = {
    nodes.Constant: literals.constant,
    nodes.ListExpr: bounded(literals.a_list),
    nodes.BraceExpr: bounded(literals.braces),
    nodes.TextExpr: literals.text,
    nodes.Name: reading.name,
    nodes.Member: reading.member,
    nodes.Index: reading.index,
    nodes.Group: lambda inference, node, env, hint: inference.infer(node.of, env, hint),
    nodes.CallExpr: bounded(calls.call),
    nodes.LambdaExpr: calls.misplaced_lambda,
    nodes.Unary: operators.unary,
    nodes.BinaryExpr: operators.binary,
    nodes.Logic: operators.logic,
    nodes.IsSetExpr: operators.is_set,
    nodes.CoalesceExpr: operators.coalesce,
    nodes.Ternary: operators.ternary,
}


class Inference:
    """Walks the expressions of one declaration; findings go to `desk`, what is found out to `tables`.

    `let_type` gives the type of a constant of the file.
    """

    def __init__(self, file: FileScope, desk: Desk, tables: Tables, let_type: Callable[[str], Type]) -> None:
        self.file = file
        self.desk = desk
        self.tables = tables
        self.let_type = let_type
        self.fit: Fitting = file.workspace.fitting
        self.used: set[str] = set()

    def infer(self, node: nodes.Expr, env: Env, hint: Type | None = None) -> Type:
        """The type of the expression. `hint` is what is needed there: literals are checked against it part by part."""
        if self.tables.seen is not None:
            self.tables.note(node.id, env, hint)
        found = _WALK[node.__class__](self, node, env, hint)
        self.tables.types[node.id] = found
        return found

    def expect(self, node: nodes.Expr, env: Env, needed: Type, what: str) -> Type:
        """The type of the expression, reported when it does not fit; `what` says in words what needs it."""
        actual = self.infer(node, env, needed)
        self.meet(node, actual, needed, what)
        return actual

    def meet(self, node: nodes.Expr, actual: Type, needed: Type, what: str) -> None:
        """Report a type that does not fit where another is needed."""
        if self.fit.fits(actual, needed):
            return
        span, wanted = node.span, show(plain(needed))
        if isinstance(actual, Optional) and self.fit.fits(actual.inner, needed):
            self.missing(node, f"{what} needs {wanted}, and it")
        elif actual == JSON:
            notes = (f"write `{wanted}(...)` around it",) if is_kind(plain(needed), *_CONVERTED) else ()
            self.desk.report(codes.JSON_HAS_NO_TYPE, span, notes=notes, what=what, expected=wanted)
        elif plain(actual) == NUMBER and plain(needed) == INT:
            notes = (f"write `round({self.written(node)})`",)
            self.desk.report(codes.NUMBER_IS_NO_INT, span, notes=notes, what=what)
        else:
            hints = _UNITS if is_kind(actual, "int", "number") else _FROM_TEXT if is_kind(actual, "text") else {}
            notes = (hints[wanted].format(self.written(node)),) if wanted in hints else ()
            fixes = self._instead(node, actual, plain(needed))
            fields = {"what": what, "expected": wanted, "actual": show(actual)}
            self.desk.report(codes.DOES_NOT_FIT, span, notes=notes, fixes=fixes, **fields)

    def _instead(self, node: nodes.Expr, actual: Type, needed: Type) -> tuple[Fix, ...]:
        """A list of the one value, or the id of the thing, where that is what fits."""
        written, record, span = self.written(node), self.fit.record(plain(actual)), node.span
        if isinstance(needed, ListOf) and needed.item != JSON and self.fit.fits(actual, needed.item):
            edits = (TextEdit(span.start, span.start, "["), TextEdit(span.end, span.end, "]"))
            return (Fix(f"write `[{written}]`", edits),)
        ids = (each.name == "id" and self.fit.fits(each.type, needed) for each in (record.fields if record else ()))
        if isinstance(node, nodes.Name) and any(ids):
            return (Fix(f"write `{written}.id`", (TextEdit(span.end, span.end, ".id"),)),)
        return ()

    def needs(self, node: nodes.Expr, env: Env) -> Type:
        """The type of an expression whose value must be there; reported when it may be missing."""
        found = self.infer(node, env)
        if isinstance(found, Optional):
            self.missing(node)
            return found.inner
        return found

    def missing(self, node: nodes.Expr, context: str | None = None) -> None:
        """Report a value that may be missing where a plain one is needed."""
        handle = "give a default with `??`, or ask with `is set` first"
        notes = (f"{context} is optional", handle) if context else (handle,)
        self.desk.report(codes.MAY_BE_MISSING, node.span, notes=notes, what=shown(node, self.file.module.text))

    def condition(self, node: nodes.Expr, env: Env) -> None:
        """Check that the expression is true or false."""
        found = self.infer(node, env)
        if isinstance(found, Optional) and found.inner == BOOL:
            self.missing(node)
        elif found != BOOL and not isinstance(found, Unknown):
            notes = (note,) if (note := self._meant(node, found)) else ()
            self.desk.report(codes.NOT_A_CONDITION, node.span, notes=notes, actual=show(found))

    def _meant(self, node: nodes.Expr, found: Type) -> str | None:
        """How the condition is written that a value alone is in other languages."""
        written = self.written(node)
        if isinstance(bare(node), nodes.Constant):
            return 'each side is a condition; several values stand in a list: `x in ["a", "b"]`'
        if not isinstance(bare(node), nodes.Name | nodes.Member | nodes.Index | nodes.CallExpr):
            return None
        if isinstance(found, Optional):
            return f"write `{written} is set`"
        if isinstance(found, ListOf):
            return f"write `count({written}) > 0`"
        ends = {"json": " == true", "text": ' != ""', "int": " != 0", "number": " != 0"}
        return f"write `{written}{ends[found.kind]}`" if isinstance(found, Scalar) and found.kind in ends else None

    def knowing(self, env: Env, test: nodes.Expr, *, holds: bool) -> Env:
        """The environment where the checked condition is known to hold, or not to."""
        return env.knowing(known_when(test, lambda node: self.tables.types.get(node.id, UNKNOWN), holds=holds))

    def written(self, node: nodes.Expr) -> str:
        """The expression as written, for a note."""
        return shown(node, self.file.module.text).strip("`")


_CONVERTED = ("text", "int", "number", "bool", "date", "datetime")
_FROM_TEXT = {
    "duration": "a duration stands without quotes: `5 min`",
    **{kind: f"write `{kind}({{}})`" for kind in ("int", "number", "datetime", "date")},
}
_UNITS = {"duration": "a duration has a unit: `5 min`", "money": "money has a unit: `5 usd`"}
