"""Bombs end in a limit, quickly and without memory."""

from __future__ import annotations

import time
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import EvaluationError, LimitExceeded, Scope, compile_expr

X = ex.Var("x")
BIG = ["item"] * 100_000


def apply(function: str, *args: ex.Expr) -> ex.Expr:
    return ex.Apply(function, args)


def number(value: int) -> ex.Expr:
    return ex.Lit(value, "int")


def text(value: str) -> ex.Expr:
    return ex.Lit(value, "text")


def doubled(times: int, step: Any, start: ex.Expr) -> tuple[ex.Expr, dict[str, ex.Function]]:
    """`f40(f39(...))`: each function applies `step` to the result of the one before."""
    own = {f"f{n}": ex.Function(("x",), step(X)) for n in range(times)}
    expr = start
    for n in range(times):
        expr = ex.Apply(f"f{n}", (expr,), own=True)
    return expr, own


def fan(levels: int) -> tuple[ex.Expr, dict[str, ex.Function]]:
    """Functions that each call the one below twice: 2 to the power of `levels` calls."""
    own = {"f0": ex.Function(("x",), ex.Binary("+", X, number(1)))}
    for n in range(1, levels):
        below = ex.Apply(f"f{n - 1}", (X,), own=True)
        own[f"f{n}"] = ex.Function(("x",), ex.Binary("+", below, below))
    return ex.Apply(f"f{levels - 1}", (number(1),), own=True), own


def nested_map(of: ex.Expr, levels: int) -> ex.Expr:
    body = number(1)
    for level in range(levels):
        body = apply("map", of, ex.Lambda((f"v{level}",), body))
    return body


BOMBS: dict[str, tuple[ex.Expr, dict[str, ex.Function]]] = {
    "text doubled forty times": doubled(40, lambda x: ex.Binary("+", x, x), text("a" * 100)),
    "interpolation doubled": doubled(40, lambda x: ex.Join((x, x)), text("a" * 100)),
    "list doubled": doubled(40, lambda x: ex.Binary("+", x, x), ex.MakeList((number(1),))),
    "replace": (apply("replace", text("a" * 1000), text("a"), text("b" * 10_000)), {}),
    "replace doubled": doubled(40, lambda x: apply("replace", x, text("a"), text("aaaa")), text("aa")),
    "join": (apply("join", ex.Var("big"), text("x" * 1000)), {}),
    "squares": doubled(40, lambda x: ex.Binary("*", x, x), number(1_000_003)),
    "decimal squares": doubled(40, lambda x: ex.Binary("*", x, x), ex.Lit("1000003.5", "number")),
    "nested map": (nested_map(ex.Var("big"), 2), {}),
    "deep map": (nested_map(ex.Var("big"), 5), {}),
    "calls": fan(30),
    "one list in itself": doubled(30, lambda x: ex.MakeList((x, x)), number(1)),
    "split": (apply("split", ex.Var("long"), text("a")), {}),
    "exponent": (ex.Join((ex.Var("giant"),)), {}),
    "exponent to int": (apply("int", ex.Var("giant")), {}),
    "rounding": (apply("round", ex.Var("giant")), {}),
    "int to text": (ex.Join((ex.Var("digits"),)), {}),
    "shared json": (apply("text", ex.Var("shared")), {}),
    "shared hash": (apply("hash", ex.Var("shared")), {}),
}


def _shared() -> Any:
    value: Any = "x"
    for _ in range(40):
        value = [value, value]
    return value


@pytest.mark.parametrize("name", BOMBS)
def test_bomb(name: str) -> None:
    names = {"big": BIG, "long": "a" * 900_000, "giant": Decimal("1E+900000"), "digits": 10**9000, "shared": _shared()}
    expr, own = BOMBS[name]
    run = compile_expr(expr, own)
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(LimitExceeded):
        run(Scope(names))
    spent, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 1.5  # tracing makes it several times slower than it is
    assert peak < 20_000_000


def test_depth_is_refused_when_compiled() -> None:
    expr: ex.Expr = number(1)
    for _ in range(3_000):
        expr = ex.Negate(expr)
    with pytest.raises(LimitExceeded, match="levels deep"):
        compile_expr(expr)


def test_deep_data_end_in_a_fault() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    other: Any = []
    for _ in range(100_000):
        other = [other]
    with pytest.raises(LimitExceeded):
        compile_expr(ex.Binary("==", ex.Var("a"), ex.Var("b")))(Scope({"a": deep, "b": other}))


def test_the_meter_starts_anew_for_each_evaluation() -> None:
    run = compile_expr(apply("count", ex.Var("big"), ex.Lambda(("x",), ex.IsSet(X))))
    scope = Scope({"big": ["x"] * 30_000})
    for _ in range(5):
        assert run(scope) == 30_000


@pytest.mark.parametrize("name", ["__class__", "__globals__", "mro", "real", "append", "__init__"])
def test_a_field_is_never_an_attribute(name: str) -> None:
    for value in ("text", 5, [1], Decimal(1), True):
        with pytest.raises(EvaluationError, match="which has no"):
            compile_expr(ex.Get(X, name))(Scope({"x": value}))
    assert compile_expr(ex.Get(X, name))(Scope({"x": {}})) is None


@pytest.mark.parametrize("name", ["eval", "exec", "__import__", "open", "getattr", "format_map", "print"])
def test_only_functions_of_the_table_can_be_called(name: str) -> None:
    with pytest.raises(EvaluationError, match="there is no function"):
        compile_expr(apply(name, text("1")))
