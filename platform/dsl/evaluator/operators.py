"""Closures for the operators between two values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import path_of
from treadle.dsl.operations import arithmetic, comparison, regex
from treadle.dsl.operations.clock import instant
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

Evaluation = Callable[[Scope], Value]

_ARITHMETIC: dict[str, arithmetic.Operation] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "%": arithmetic.modulo,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def binary(sign: ex.Sign, left: Evaluation, right: Evaluation, of: ex.Expr, with_: ex.Expr) -> Evaluation:
    """The closure of `left sign right`; `of` and `with_` are their expressions, to name them in a fault."""
    if sign in _ORDER:
        return _ordered(_ORDER[sign], left, right, of, with_)
    if sign in _ARITHMETIC:
        operation = _ARITHMETIC[sign]
        return lambda scope: operation(scope, left(scope), right(scope))
    match sign:
        case "==":
            return lambda scope: comparison.equal(scope, left(scope), right(scope))
        case "!=":
            return lambda scope: not comparison.equal(scope, left(scope), right(scope))
        case "in":
            return lambda scope: comparison.contains(scope, right(scope), left(scope))
        case "not in":
            return lambda scope: not comparison.contains(scope, right(scope), left(scope))
        case "contains":
            return lambda scope: comparison.contains(scope, left(scope), right(scope))
        case "matches":
            return _matches(left, with_)
    return _affix(sign, left, right)


def _ordered(
    order: Callable[[Any, Any], bool], left: Evaluation, right: Evaluation, of: ex.Expr, with_: ex.Expr
) -> Evaluation:
    def compare(scope: Scope) -> Value:
        a, b = left(scope), right(scope)
        if type(a) is datetime and type(b) is datetime:
            a, b = instant(a), instant(b)  # Python compares the wall clocks of two moments of one zone
        elif type(a) is str:
            scope.reading(a)
        try:
            return order(a, b)
        except TypeError:
            missing = of if a is None else with_ if b is None else None
            if missing and (path := path_of(missing)):
                raise EvaluationError("missing", f"{path} is missing and cannot be ordered") from None
            raise comparison.unordered(a, b) from None

    return compare


def _matches(left: Evaluation, pattern: ex.Expr) -> Evaluation:
    if not (isinstance(pattern, ex.Lit) and isinstance(pattern.value, str)):
        raise EvaluationError("pattern", "matches needs a pattern that is written out")
    search = regex.compiled(pattern.value).search

    def match(scope: Scope) -> Value:
        value = left(scope)
        if type(value) is not str:
            raise _no_text(value, "matches")
        scope.spend(len(value) // 16)
        return search(value) is not None

    return match


def _affix(sign: str, left: Evaluation, right: Evaluation) -> Evaluation:
    has = str.startswith if sign == "starts with" else str.endswith

    def test(scope: Scope) -> Value:
        value, affix = left(scope), right(scope)
        if type(value) is not str or type(affix) is not str:
            raise _no_text(value if type(value) is not str else affix, sign)
        return has(value, scope.reading(affix))

    return test


def _no_text(value: Value, sign: str) -> EvaluationError:
    if value is None:
        return EvaluationError("missing", f"{sign} needs a text, the value is missing")
    return EvaluationError("mismatch", f"{sign} needs a text, not {quote(value)}")
