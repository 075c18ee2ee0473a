"""Closures for truth and for missing values: `and or not`, `if else`, tables, `??`, `is set`, unary minus."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import path_of
from treadle.dsl.operations.arithmetic import negate
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

Evaluation = Callable[[Scope], Value]
Compile = Callable[[ex.Expr], Evaluation]


def build(expr: ex.Expr, compile: Compile) -> Evaluation:
    """The closure of a logical node."""
    match expr:
        case ex.Not(of):
            return _not(compile(of), of)
        case ex.Negate(of):
            run = compile(of)
            return lambda scope: negate(run(scope))
        case ex.And(items):
            return _stops_at([(compile(item), item) for item in items], at=False)
        case ex.Or(items):
            return _stops_at([(compile(item), item) for item in items], at=True)
        case ex.Choose(test, then, other):
            return _choose(compile(test), test, compile(then), compile(other))
        case ex.Coalesce(items):
            return _coalesce([compile(item) for item in items])
        case ex.Cases(rows):
            return _cases([(compile(test), test, compile(result)) for test, result in rows])
        case ex.IsSet(of, negated):
            run = compile(of)
            return (lambda scope: run(scope) is None) if negated else (lambda scope: run(scope) is not None)
    raise TypeError(expr)


def no_truth(value: Value, expr: ex.Expr) -> EvaluationError:
    """The fault of a condition that is neither true nor false."""
    path = path_of(expr) or "the condition"
    if value is None:
        return EvaluationError("missing", f"{path} is missing, so it is neither true nor false")
    return EvaluationError("mismatch", f"{path} is {quote(value)}, neither true nor false")


def _not(run: Evaluation, expr: ex.Expr) -> Evaluation:
    def negated(scope: Scope) -> Value:
        value = run(scope)
        if value is True or value is False:
            return not value
        raise no_truth(value, expr)

    return negated


def _stops_at(items: list[tuple[Evaluation, ex.Expr]], *, at: bool) -> Evaluation:
    def decide(scope: Scope) -> Value:
        for run, expr in items:
            value = run(scope)
            if value is at:
                return at
            if value is not (not at):
                raise no_truth(value, expr)
        return not at

    return decide


def _choose(test: Evaluation, expr: ex.Expr, then: Evaluation, other: Evaluation) -> Evaluation:
    def choose(scope: Scope) -> Value:
        value = test(scope)
        if value is True:
            return then(scope)
        if value is False:
            return other(scope)
        raise no_truth(value, expr)

    return choose


def _cases(rows: list[tuple[Evaluation, ex.Expr, Evaluation]]) -> Evaluation:
    def decide(scope: Scope) -> Value:
        for test, expr, result in rows:
            value = test(scope)
            if value is True:
                return result(scope)
            if value is not False:
                raise no_truth(value, expr)
        return None

    return decide


def _coalesce(items: list[Evaluation]) -> Evaluation:
    def pick(scope: Scope) -> Value:
        for run in items:
            if (value := run(scope)) is not None:
                return value
        return None

    return pick
