"""Where something stands in a rule file. Owns positions and nothing else."""

from __future__ import annotations

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of one file, from `start` up to and without `end`.

    `start` and `end` are offsets in characters (code points, 0-based) of the file's text; `line` and `col` are those of
    `start`, 1-based, as editors count; `end_line` and `end_col` those of `end`.
    """

    start: int
    end: int
    line: int
    col: int
    end_line: int
    end_col: int


NOWHERE = Span(0, 0, 1, 1, 1, 1)


class Lines:
    """Turns offsets of one text into lines and columns by bisection; built once a file."""

    def __init__(self, text: str) -> None:
        from itertools import accumulate

        self._starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
        self._length = len(text)

    def at(self, offset: int) -> tuple[int, int]:
        """The 1-based `(line, col)` of an offset; an offset past the end is taken for the end."""
        from bisect import bisect_right

        offset = min(max(offset, 0), self._length)
        line = max(bisect_right(self._starts, offset) - 1, 0)
        if line == len(self._starts) - 1 and line > 0 and self._starts[line] == self._length and offset == self._length:
            return line + 1, 1
        return line + 1, offset - self._starts[line] + 1

    def span(self, start: int, end: int) -> Span:
        """The span of two offsets."""
        return Span(start, end, *self.at(start), *self.at(end))
