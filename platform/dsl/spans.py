"""Where something stands in a rule file. Owns positions and nothing else."""

from __future__ import annotations

from bisect import bisect_right

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
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
    """Turns offsets of one text into lines and columns by bisection. Only a line feed ends a line, as in editors.

    For a part of a file, `offset` and `line` say where in the file its text begins (always in the first column).
    """

    def __init__(self, text: str, offset: int = 0, line: int = 1) -> None:
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)
        self._length = len(text)
        self._offset, self._line = offset, line

    def at(self, offset: int) -> tuple[int, int]:
        """The 1-based `(line, col)` of an offset in the text; an offset past the end is taken for the end."""
        offset = min(max(offset, 0), self._length)
        line = bisect_right(self._starts, offset)
        return line - 1 + self._line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span in the file of two offsets in the text."""
        return Span(start + self._offset, end + self._offset, *self.at(start), *self.at(end))
