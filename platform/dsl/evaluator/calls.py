"""Closures for calls of built-in functions: no function ever sees a missing argument."""

from __future__ import annotations

from collections.abc import Callable

from treadle.dsl import builtins
from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import path_of
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

Evaluation = Callable[[Scope], Value]


def builtin_call(expr: ex.Apply, args: list[Evaluation]) -> Evaluation:
    """The closure of a call. Raises `EvaluationError` for a function that is none or takes other arguments."""
    found = builtins.table().get(expr.function)
    if found is None:
        raise EvaluationError("name", f"there is no function {expr.function}")
    if all(len(form.params) != len(args) for form in found.forms):
        raise EvaluationError("mismatch", f"{found.name} does not take {len(args)} arguments")
    run = found.call

    def call(scope: Scope) -> Value:
        values = [arg(scope) for arg in args]
        if None in values:
            if expr.safe and values[0] is None:
                return None
            raise _missing(expr, values)
        try:
            return run(scope, *values)
        except EvaluationError as error:
            raise _located(error, expr) from None
        except (TypeError, AttributeError, ValueError):
            raise EvaluationError("mismatch", f"{found.name} cannot take {quote(values[0])}") from None

    return call


def _missing(expr: ex.Apply, values: list[Value]) -> EvaluationError:
    path = next(path_of(arg) for arg, value in zip(expr.args, values, strict=True) if value is None)
    return EvaluationError("missing", f"{path or 'the value'} is missing, and {expr.function}() needs one")


def _located(error: EvaluationError, expr: ex.Apply) -> EvaluationError:
    path = path_of(expr.args[0]) if expr.args else None
    if error.code != "conversion" or path is None:
        return error
    return EvaluationError("conversion", f"{path}: {error.message}")
