"""Constants and functions of a file: constants computed once and turned back into literals, functions lowered once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import nodes, type_codes
from treadle.dsl.checker import Checked, CheckedFile
from treadle.dsl.evaluator import LIMITS, EvaluationError, LimitExceeded, Scope, depth_of, evaluate
from treadle.dsl.limit_codes import NESTS_TOO_DEEP
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.values import Value

DEEPEST = LIMITS.depth // 2
"""Levels of a function with all that it calls: with an expression's own levels the evaluator's limit is never met."""


class FileValues:
    """Works in the order of need, once, when made. What has no value is reported at the file's desk and is `broken`."""

    def __init__(self, file: CheckedFile, zone: str) -> None:
        self.broken = set(file.broken)
        self._zone = zone
        self._scope = file.scope
        self._checked = {id(each.decl): each for each in file.declarations}
        self._values: dict[str, ex.Expr] = {}
        self._functions: dict[str, ex.Function] = {}
        self._reached: dict[str, frozenset[str]] = {}
        self._depths: dict[str, int] = {}
        for name in file.order:
            self._add(name)

    def usable(self, checked: Checked) -> bool:
        """Whether all constants and functions that a declaration needs can be used."""
        return self.broken.isdisjoint(checked.tables.lets | checked.tables.functions)

    def let_value(self, name: str) -> ex.Expr:
        """The constant as literals."""
        return self._values[name]

    def functions(self, names: set[str]) -> dict[str, ex.Function]:
        """The functions and all that they call, by name in order."""
        reached = frozenset(names).union(*(self._reached[name] for name in names))
        return {name: self._functions[name] for name in sorted(reached)}

    def _add(self, name: str) -> None:
        decl = self._scope.lets.get(name) or self._scope.functions[name]
        checked = self._checked[id(decl)]
        if name in self.broken or not self.usable(checked):
            self.broken.add(name)
        elif isinstance(decl, nodes.Let):
            self._add_constant(decl, checked)
        else:
            self._add_function(decl, checked)

    def _add_constant(self, decl: nodes.Let, checked: Checked) -> None:
        expr = ExpressionLowering(checked.tables, self.let_value).lower(decl.value)
        try:
            value = evaluate(expr, Scope({}, self._zone), self.functions(checked.tables.functions))
        except EvaluationError as error:
            self._scope.desk.report(type_codes.CONSTANT_FAILS, decl.value.span, reason=error.message)
            self.broken.add(decl.name.text)
        else:
            self._values[decl.name.text] = literal(value)

    def _add_function(self, decl: nodes.FunctionDecl, checked: Checked) -> None:
        name, calls = decl.name.text, checked.tables.functions
        body = ExpressionLowering(checked.tables, self.let_value).lower(decl.body)
        try:
            self._depths[name] = depth_of(body, self._depths, DEEPEST)
        except LimitExceeded:
            self._scope.desk.report(NESTS_TOO_DEEP, decl.name.span, limit=DEEPEST)
            self.broken.add(name)
            return
        self._functions[name] = ex.Function(tuple(param.name.text for param in decl.params), body)
        self._reached[name] = frozenset(calls).union(*(self._reached[each] for each in calls))


def literal(value: Value) -> ex.Expr:
    """A value as the expression that gives it."""
    match value:
        case None:
            return ex.Lit(None, "missing")
        case bool():
            return ex.Lit(value, "bool")
        case str():
            return ex.Lit(value, "text")
        case int():
            return ex.Lit(value, "int")
        case Decimal():
            return ex.Lit(str(value), "number")
        case list():
            return ex.MakeList(tuple(literal(each) for each in value))
        case dict():
            return ex.MakeRecord(tuple((key, literal(each)) for key, each in value.items()))
        case _:
            return ex.Lit(msgspec.to_builtins(value), _KINDS[type(value)])


_KINDS: dict[type, ex.LitKind] = {timedelta: "duration", datetime: "datetime", date: "date", time: "time"}
