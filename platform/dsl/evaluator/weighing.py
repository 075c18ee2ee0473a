"""How big and how deep an expression is, found out without recursion, before anything walks it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import parts_of
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded


class Weight(msgspec.Struct, frozen=True):
    """`size` in nodes, functions not counted in; `depth` in levels, functions that are called counted in."""

    size: int
    depth: int


def weigh(expr: ex.Expr, functions: Mapping[str, ex.Function], limit: int) -> Weight:
    """The weight of an expression. Raises `LimitExceeded` when it nests deeper than `limit`."""
    return _weigh(expr, functions, limit, {}, ())


def _weigh(
    expr: ex.Expr, functions: Mapping[str, ex.Function], limit: int, known: dict[str, int], path: tuple[str, ...]
) -> Weight:
    size, deepest, left = 0, 0, [(expr, 1)]
    while left:
        part, depth = left.pop()
        size += 1
        own = part.function if isinstance(part, ex.Apply) and part.own else None
        inside = _depth_of(own, functions, limit, known, path) if own else 0
        deepest = max(deepest, depth + inside)
        if deepest > limit:
            raise LimitExceeded(f"an expression may nest {limit} levels deep, with the functions it calls")
        left.extend((each, depth + 1) for each in parts_of(part))
    return Weight(size, deepest)


def _depth_of(
    name: str, functions: Mapping[str, ex.Function], limit: int, known: dict[str, int], path: tuple[str, ...]
) -> int:
    if name in path:
        raise LimitExceeded(f"function {name} calls itself")
    if name not in functions:
        raise EvaluationError("name", f"there is no function {name}")
    if name not in known:
        known[name] = _weigh(functions[name].body, functions, limit, known, (*path, name)).depth
    return known[name]
