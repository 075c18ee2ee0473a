"""Constants and functions of a file: constants computed once and turned back into literals, functions lowered once."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import nodes, type_codes
from treadle.dsl.checker import Checked, CheckedFile
from treadle.dsl.evaluator import EvaluationError, Scope, evaluate
from treadle.dsl.lower.expressions import ExpressionLowering
from treadle.dsl.values import Value


class FileValues:
    """Computes when asked, remembers, and reports a constant without a value at the file's desk."""

    def __init__(self, file: CheckedFile, zone: str) -> None:
        self.broken = set(file.broken)
        self._zone = zone
        self._desk = file.scope.desk
        self._scope = file.scope
        self._checked = {id(each.decl): each for each in file.declarations}
        self._values: dict[str, ex.Expr] = {}
        self._functions: dict[str, ex.Function] = {}
        for name in file.scope.lets:
            if name not in self.broken:
                self.let_value(name)

    def usable(self, checked: Checked) -> bool:
        """Whether all constants and functions that a declaration needs can be used."""
        needed = [checked, *(self._checked_function(name) for name in self._reached(checked.tables.functions))]
        return all(self.broken.isdisjoint(each.tables.lets | each.tables.functions) for each in needed)

    def let_value(self, name: str) -> ex.Expr:
        """The constant as literals. A constant that has no value is reported and stands as missing."""
        if name not in self._values:
            decl = self._scope.lets[name]
            checked = self._checked[id(decl)]
            if not self.usable(checked):
                self.broken.add(name)
                return ex.Lit(None, "missing")
            self._values[name] = self._compute(decl, checked)
        return self._values[name]

    def functions(self, names: set[str]) -> dict[str, ex.Function]:
        """The functions and all that they call, by name in order."""
        return {name: self._function(name) for name in sorted(self._reached(names))}

    def _compute(self, decl: nodes.Let, checked: Checked) -> ex.Expr:
        expr = ExpressionLowering(checked.tables, self.let_value).lower(decl.value)
        try:
            return literal(evaluate(expr, Scope({}, self._zone), self.functions(checked.tables.functions)))
        except EvaluationError as error:
            self._desk.report(type_codes.CONSTANT_FAILS, decl.value.span, reason=error.message)
            self.broken.add(decl.name.text)
            return ex.Lit(None, "missing")

    def _function(self, name: str) -> ex.Function:
        if name not in self._functions:
            decl, checked = self._scope.functions[name], self._checked_function(name)
            body = ExpressionLowering(checked.tables, self.let_value).lower(decl.body)
            self._functions[name] = ex.Function(tuple(param.name.text for param in decl.params), body)
        return self._functions[name]

    def _reached(self, names: set[str]) -> set[str]:
        """The functions and those that they call."""
        reached: set[str] = set()
        left = set(names)
        while left:
            name = left.pop()
            reached.add(name)
            left |= self._checked_function(name).tables.functions - reached
        return reached

    def _checked_function(self, name: str) -> Checked:
        return self._checked[id(self._scope.functions[name])]


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
            return ex.Lit(msgspec.to_builtins(value), _kind(value))


def _kind(value: Value) -> ex.LitKind:
    kinds: dict[type, ex.LitKind] = {timedelta: "duration", datetime: "datetime", date: "date", time: "time"}
    return kinds[type(value)]
