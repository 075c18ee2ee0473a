"""What all builders of nodes share: spans from the first and the last child, ids, and the bound on depth.

lark calls a builder's method for each rule as soon as the rule is complete, from the inside out and without recursion,
so that a tree that is too deep is refused before anybody has to walk it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from treadle.dsl.nodes import Ident, Node
from treadle.dsl.parser import limits
from treadle.dsl.parser.reading import Reading
from treadle.dsl.spans import Span

Child = Any  # a lark Token (text with `start_pos` and `end_pos`), a Node or a Listed
Built = TypeVar("Built", bound=Node)


class TooDeep(Exception):
    """An expression nests deeper than `limits.EXPRESSION_DEPTH`."""


class Listed(msgspec.Struct, frozen=True):
    """The nodes between two brackets, and the brackets."""

    items: tuple[Any, ...]
    first: Any
    last: Any


class Building:
    """The state of one line being built. Used by one thread at a time: `engine` holds the lock."""

    def __init__(self) -> None:
        self.reading = Reading("", "", 0, 1)
        self._base = 0
        self._depths: dict[int, int] = {}

    def begin(self, reading: Reading, base: int) -> None:
        """Starts a line whose code begins `base` characters into the block of `reading`."""
        self.reading, self._base = reading, base
        self._depths = {}

    def make(self, kind: type[Built], children: Sequence[Child], /, **fields: Any) -> Built:
        """A node that spans its children. Raises `TooDeep`."""
        nodes = (each for child in children for each in (child.items if isinstance(child, Listed) else (child,)))
        depth = 1 + max((self._depths.get(node.id, 0) for node in nodes if isinstance(node, Node)), default=0)
        if depth > limits.EXPRESSION_DEPTH:
            raise TooDeep
        node = kind(id=self.reading.next_id(), span=self.span(children), **fields)
        self._depths[node.id] = depth
        return node

    def span(self, children: Sequence[Child]) -> Span:
        """From the start of the first child to the end of the last."""
        start, line, col = self._start(children[0])
        end, end_line, end_col = self._end(children[-1])
        return Span(start, end, line, col, end_line, end_col)

    def _start(self, child: Child) -> tuple[int, int, int]:
        if isinstance(child, Node):
            return child.span.start, child.span.line, child.span.col
        first = child.first if isinstance(child, Listed) else child
        at = self._base + int(first.start_pos)
        return at + self.reading.offset, *self.reading.lines.at(at)

    def _end(self, child: Child) -> tuple[int, int, int]:
        if isinstance(child, Node):
            return child.span.end, child.span.end_line, child.span.end_col
        last = child.last if isinstance(child, Listed) else child
        at = self._base + int(last.end_pos)
        return at + self.reading.offset, *self.reading.lines.at(at)

    def ident(self, token: Child, *, binds: bool = False) -> Ident:
        """A name token as a node."""
        return self.reading.ident(str(token), self._base + int(token.start_pos), binds=binds)

    def report(self, code: Any, child: Child, **fields: Any) -> None:
        """A diagnostic on one child."""
        start, end = self._start(child)[0], self._end(child)[0]
        self.reading.report(code, start - self.reading.offset, end - self.reading.offset, **fields)


def nodes_of(children: Sequence[Child]) -> tuple[Any, ...]:
    """The children that are nodes, without words and signs."""
    return tuple(child for child in children if isinstance(child, Node))
