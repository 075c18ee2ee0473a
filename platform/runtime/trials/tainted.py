"""Which values of a graph depend on the clock: what a test, on another clock, cannot expect to be the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.expressions import Expr

_CLOCK = ("now", "today")


class Tainted:
    """Of one graph: `now`, `today`, and names that are made of them."""

    def __init__(self, graph: g.Graph) -> None:
        self._names = set(_CLOCK)
        assigned = [each for each in graph.nodes.values() if isinstance(each, g.Assign)]
        for _ in assigned:
            self._names |= {each.name for each in assigned if self.expr(each.value)}

    def expr(self, expr: Expr) -> bool:
        """Whether the value may be another at another time."""
        return self._in(msgspec.to_builtins(expr))

    def args(self, args: Mapping[str, Expr]) -> set[str]:
        """The arguments of which it is true."""
        return {name for name, each in args.items() if self.expr(each)}

    def _in(self, part: Any) -> bool:
        match part:
            case {"op": "var", "name": name} if name in self._names:
                return True
            case {"op": "call", "function": name} if name in _CLOCK:
                return True
            case dict():
                return any(self._in(each) for each in part.values())
            case list() | tuple():
                return any(self._in(each) for each in part)
        return False
