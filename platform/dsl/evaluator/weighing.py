"""How big and how deep an expression is, found out without recursion, before anything walks it."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import parts_of
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded


def depth_of(expr: ex.Expr, depths: Mapping[str, int], limit: int) -> int:
    """The levels of an expression; `depths` are those of the functions that it calls, counted in.

    Raises `LimitExceeded` when it nests deeper than `limit`.
    """
    deepest, left = 0, [(expr, 1)]
    while left:
        part, depth = left.pop()
        own = part.function if isinstance(part, ex.Apply) and part.own else None
        deepest = max(deepest, depth + (depths.get(own, 0) if own else 0))
        if deepest > limit:
            raise LimitExceeded(f"an expression may nest {limit} levels deep, with the functions it calls")
        left.extend((each, depth + 1) for each in parts_of(part))
    return deepest


def size_of(expr: ex.Expr) -> int:
    """The nodes of an expression, those of functions that it calls not counted in."""
    size, left = 0, [expr]
    while left:
        size += 1
        left.extend(parts_of(left.pop()))
    return size


def depths_of(expr: ex.Expr, functions: Mapping[str, ex.Function], limit: int) -> dict[str, int]:
    """The depths of all functions that an expression reaches, those that they call counted in.

    Raises `EvaluationError` for a function that is none and `LimitExceeded` for one that calls itself.
    """
    depths: dict[str, int] = {}
    path: list[str] = []
    left = sorted(_calls(expr))
    while left:
        name = left[-1]
        if name not in functions:
            raise EvaluationError("name", f"there is no function {name}")
        open_calls = [each for each in sorted(_calls(functions[name].body)) if each not in depths]
        if not open_calls or name in depths:
            depths.setdefault(name, depth_of(functions[name].body, depths, limit))
            path = path[:-1] if path and path[-1] == name else path
            left.pop()
        elif name in path:
            raise LimitExceeded(f"function {name} calls itself")
        else:
            path.append(name)
            left += open_calls
    return depths


def _calls(expr: ex.Expr) -> set[str]:
    found, left = set(), [expr]
    while left:
        part = left.pop()
        if isinstance(part, ex.Apply) and part.own:
            found.add(part.function)
        left.extend(parts_of(part))
    return found
