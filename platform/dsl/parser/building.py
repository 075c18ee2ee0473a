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
    adding, and the depth is looked up only where a child is a node.
    """

    def __init__(self) -> None:
        self.reading = Reading("", "", 0, 1)
        self._shift = self._line = self._margin = 0
        self._depths: dict[int, int] = {}

    def begin(self, reading: Reading, base: int, code: str) -> None:
        """Starts a line whose `code` begins `base` characters into the block of `reading`."""
        self.reading, self._shift = reading, base + reading.offset
        self._depths = {}
        line, col = reading.lines.at(base)
        self._line, self._margin = (0, 0) if "\n" in code else (line, col)

    def make(self, kind: type[Built], children: Sequence[Child], /, **fields: Any) -> Built:
        """A node that spans its children. Raises `TooDeep`."""
        depth, depths = 0, self._depths
        for child in children:
            if isinstance(child, str):  # asked first: it costs a fifth of asking for a `Node`
                continue
            if child.__class__ is Listed:
                below = max((depths[item.id] for item in child.items), default=0)
            else:
                below = depths[child.id]
            if below > depth:
                depth = below
        if depth >= limits.EXPRESSION_DEPTH:
            raise TooDeep
        number = self.reading.next_id()
        depths[number] = depth + 1
        return kind(id=number, span=self.span(children), **fields)

    def span(self, children: Sequence[Child]) -> Span:
        """From the start of the first child to the end of the last."""
        first, last, line = children[0], children[-1], self._line
        if not line:
            return self._over_lines(first, last)
        bare = isinstance(first, str) or first.__class__ is Listed  # `isinstance(first, Node)` costs five times that
        if bare:
            at = first.start_pos
            start, start_line, col = at + self._shift, line, at + self._margin
        else:
            start, start_line, col = first.span.start, first.span.line, first.span.col
        bare = isinstance(last, str) or last.__class__ is Listed
        if bare:
            at = last.end_pos
            return Span(start, at + self._shift, start_line, col, line, at + self._margin)
        return Span(start, last.span.end, start_line, col, last.span.end_line, last.span.end_col)

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
    return tuple(child for child in children if isinstance(child, Node))
