"""From expressions to closures: one Python closure a node, made once, called for each event.

Owns names and where they live, functions, lambdas and the meter's start. What single operators do is in `operators`,
`access` and `logic`. Parameters of lambdas and functions get slots when compiled, so that running one is a list access.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import access, business, logic, operators
from treadle.dsl.evaluator.calls import builtin_call
from treadle.dsl.evaluator.weighing import depth_of, depths_of, size_of
from treadle.dsl.operations.clock import settled
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded
from treadle.dsl.operations.scope import LIMITS, Limits, Scope
from treadle.dsl.operations.size import measure
from treadle.dsl.values import Value

Evaluation = Callable[[Scope], Value]
_Slots = Mapping[str, int]


def compile_expr(
    expr: ex.Expr, functions: Mapping[str, ex.Function] | None = None, limits: Limits = LIMITS
) -> Evaluation:
    """The expression as a function of a scope, some hundred nanoseconds a node.

    Raises `EvaluationError` for what no scope could make good (an unknown function, a bad pattern) and `LimitExceeded`
    for an expression that nests too deep. The function that it gives raises them when the value cannot be computed.
    """
    functions = functions or {}
    try:
        depth_of(expr, depths_of(expr, functions, limits.depth), limits.depth)
        run = _Compiler(functions).compile(expr, {})
    except RecursionError:
        raise LimitExceeded("the expression nests too deep") from None

    def evaluation(scope: Scope) -> Value:
        scope.fuel = scope.limits.steps
        try:
            value = run(scope)
        except RecursionError:
            raise LimitExceeded("the values nest too deep") from None
        if isinstance(value, list | dict):
            measure(value, scope.limits.steps)
            return settled(value)
        return settled(value) if type(value) is datetime else value

    return evaluation


def evaluate(expr: ex.Expr, scope: Scope, functions: Mapping[str, ex.Function] | None = None) -> Value:
    """Compile and compute once, for what is not hot."""
    return compile_expr(expr, functions, scope.limits)(scope)


class _Compiler:
    """Carries the file's functions, each compiled when it is first met."""

    def __init__(self, functions: Mapping[str, ex.Function]) -> None:
        self._functions = functions
        self._own: dict[str, Callable[[Scope, list[Value]], Value]] = {}

    def compile(self, expr: ex.Expr, slots: _Slots) -> Evaluation:
        match expr:
            case ex.Lit():
                return access.constant(expr)
            case ex.Var(name):
                return access.slot(slots[name]) if name in slots else access.name(name)
            case ex.Apply():
                return self._apply(expr, slots)
            case ex.Lambda():
                raise EvaluationError("mismatch", "x => ... can only be an argument of a function such as filter")
            case ex.Binary(sign, left, right):
                return operators.binary(sign, self.compile(left, slots), self.compile(right, slots), left, right)
            case ex.Get() | ex.Item() | ex.MakeList() | ex.MakeRecord() | ex.Join():
                return access.build(expr, lambda part: self.compile(part, slots))
            case _:
                return logic.build(expr, lambda part: self.compile(part, slots))

    def _apply(self, expr: ex.Apply, slots: _Slots) -> Evaluation:
        if expr.own:
            return self._own_call(expr, slots)
        if expr.function == business.MOVE:
            return business.move(expr, lambda part: self.compile(part, slots))
        args = [self._argument(arg, slots) for arg in expr.args]
        return builtin_call(expr, args)

    def _argument(self, arg: ex.Expr, slots: _Slots) -> Evaluation:
        return self._lambda(arg, slots) if isinstance(arg, ex.Lambda) else self.compile(arg, slots)

    def _lambda(self, expr: ex.Lambda, slots: _Slots) -> Evaluation:
        first = max(slots.values(), default=-1) + 1
        places = tuple(range(first, first + len(expr.params)))
        body = self.compile(expr.body, {**slots, **dict(zip(expr.params, places, strict=True))})
        return _closure(body, places, size_of(expr.body))

    def _own_call(self, expr: ex.Apply, slots: _Slots) -> Evaluation:
        args = [self.compile(arg, slots) for arg in expr.args]
        run = self._function(expr.function)
        if len(args) != len(self._functions[expr.function].params):
            raise EvaluationError("mismatch", f"{expr.function} does not take {len(args)} arguments")
        if not expr.safe:
            return lambda scope: run(scope, [arg(scope) for arg in args])

        def safely(scope: Scope) -> Value:
            values = [arg(scope) for arg in args]
            return None if values[0] is None else run(scope, values)

        return safely

    def _function(self, name: str) -> Callable[[Scope, list[Value]], Value]:
        if name not in self._own:
            function = self._functions[name]
            body = self.compile(function.body, {param: at for at, param in enumerate(function.params)})
            self._own[name] = _frame(body, size_of(function.body))
        return self._own[name]


def _frame(body: Evaluation, size: int) -> Callable[[Scope, list[Value]], Value]:
    def run(scope: Scope, values: list[Value]) -> Value:
        scope.spend(size)
        outer, scope.slots = scope.slots, values
        try:
            return body(scope)
        finally:
            scope.slots = outer

    return run


def _closure(body: Evaluation, places: tuple[int, ...], size: int) -> Evaluation:
    """A lambda as a Python callable that walks its items in the slots of the scope it was met in."""

    def make(scope: Scope) -> Callable[..., Any]:
        outer = scope.slots
        while len(outer) <= places[-1]:
            outer.append(None)

        def call(*values: Value) -> Value:
            scope.spend(size)
            for place, value in zip(places, values, strict=True):
                outer[place] = value
            return body(scope)

        return call

    return make
