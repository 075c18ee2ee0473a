"""What all builders of nodes share: spans from the first and the last child, ids, and the bound on depth.

lark calls a builder's method for each rule as soon as the rule is complete, from the inside out and without recursion,
so that a tree that is too deep is refused before anybody has to walk it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from treadle.dsl.codes import Code
from treadle.dsl.nodes import Ident, Node
from treadle.dsl.parser import limits
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.words import RESERVED
from treadle.dsl.spans import Span
from treadle.dsl.syntax_codes import RESERVED as RESERVED_WORD

Child = Any  # a lark Token (text with `start_pos` and `end_pos`), a Node or a Listed
Built = TypeVar("Built", bound=Node)


class TooDeep(Exception):
    """An expression nests deeper than `limits.EXPRESSION_DEPTH`."""


class Listed(msgspec.Struct, frozen=True):
    """The nodes between two brackets, and the brackets. Begins and ends where they do, as a token does."""

    items: tuple[Any, ...]
    first: Any
    last: Any

    @property
    def start_pos(self) -> int:
        return int(self.first.start_pos)

    @property
    def end_pos(self) -> int:
        return int(self.last.end_pos)


class Building:
    """The state of one line being built. Used by one thread at a time: `engine` holds the lock.

    `make` runs for every node of every file: a line without line feeds, which nearly all are, gets its columns by
    adding, and the depth is looked up only where there are many nodes.
    """

    def __init__(self) -> None:
        self.reading = Reading("", "", 0, 1)
        self._shift = self._line = self._margin = self._first = 0
        self._depths: dict[int, int] = {}

    def begin(self, reading: Reading, base: int, code: str) -> None:
        """Starts a line whose `code` begins `base` characters into the block of `reading`."""
        self.reading, self._shift, self._first = reading, base + reading.offset, reading.ids
        self._depths = {}
        line, col = reading.lines.at(base)
        self._line, self._margin = (0, 0) if "\n" in code else (line, col)

    def make(self, kind: type[Built], children: Sequence[Child], /, **fields: Any) -> Built:
        """A node that spans its children. Raises `TooDeep`."""
        number = self.reading.ids
        self.reading.ids = number + 1
        if number - self._first >= limits.EXPRESSION_DEPTH:  # fewer nodes cannot be deeper
            self._measure(number, children)
        return kind(id=number, span=self.span(children), **fields)

    def _measure(self, number: int, children: Sequence[Child]) -> None:
        depth = 1 + max(map(self._depth, children), default=0)
        if depth > limits.EXPRESSION_DEPTH:
            raise TooDeep
        self._depths[number] = depth

    def _depth(self, part: Any) -> int:
        """How deep a child is; those nodes are walked that were made when there were few."""
        if isinstance(part, Listed):
            return max(map(self._depth, part.items), default=0)
        if isinstance(part, tuple):
            return max(map(self._depth, part), default=0)
        if not isinstance(part, Node):
            return 0
        if part.id not in self._depths:
            parts = (getattr(part, name) for name in part.__struct_fields__)
            self._depths[part.id] = 1 + max(map(self._depth, parts))
        return self._depths[part.id]

    def span(self, children: Sequence[Child]) -> Span:
        """From the start of the first child to the end of the last."""
        first, last, line = children[0], children[-1], self._line
        if not line:
            return self._over_lines(first, last)
        bare = isinstance(first, str) or first.__class__ is Listed  # `isinstance(first, Node)` costs five times that
        if bare:
            at = first.start_pos
            start, start_line, col = at + self._shift, line, at + self._margin
        elif first is last:
            return first.span  # type: ignore[no-any-return]
        else:
            begin = first.span
            start, start_line, col = begin.start, begin.line, begin.col
        bare = isinstance(last, str) or last.__class__ is Listed
        if bare:
            at = last.end_pos
            return Span(start, at + self._shift, start_line, col, line, at + self._margin)
        end = last.span
        return Span(start, end.end, start_line, col, end.end_line, end.end_col)

    def _over_lines(self, first: Child, last: Child) -> Span:
        """The same in code of several lines, where a place has to be looked up."""
        start = first.span.start if isinstance(first, Node) else first.start_pos + self._shift
        end = last.span.end if isinstance(last, Node) else last.end_pos + self._shift
        offset = self.reading.offset
        return self.reading.span(start - offset, end - offset)

    def ident(self, token: Child, *, binds: bool = False) -> Ident:
        """A name token as a node; one that `binds` a value must be no reserved word, which is reported."""
        word = str(token)
        if binds and word in RESERVED:
            self.report(RESERVED_WORD, token, word=word)
        return self.make(Ident, (token,), text=word)

    def report(self, code: Code, child: Child, /, *, notes: tuple[str, ...] = (), **fields: Any) -> None:
        """A diagnostic on one child."""
        span, offset = self.span((child,)), self.reading.offset
        self.reading.report(code, span.start - offset, span.end - offset, notes=notes, **fields)


def nodes_of(children: Sequence[Child]) -> tuple[Any, ...]:
    """The children that are nodes, without words and signs."""
    return tuple([child for child in children if not isinstance(child, str) and child.__class__ is not Listed])
