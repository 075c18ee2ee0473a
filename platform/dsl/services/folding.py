"""What can be folded: lines with a block under them, lines over several lines, and runs of comments.

Reads the layout alone, so that a broken file folds as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl.parser.blocks import cut
from treadle.dsl.parser.layout import Line, arrange
from treadle.dsl.services.shapes import Fold
from treadle.dsl.services.views import View
from treadle.dsl.spans import Lines


def folds(view: View) -> tuple[Fold, ...]:
    """The folds of a file, in order of their first lines; of two with the same first line the longer one."""
    found: dict[int, Fold] = {}
    for fold in (*_blocks(view.text), *_comments(view.text)):
        known = found.get(fold.first)
        if fold.last > fold.first and (known is None or known.last < fold.last):
            found[fold.first] = fold
    return tuple(found[line] for line in sorted(found))


def _blocks(text: str) -> Iterator[Fold]:
    for block in cut(text):
        lines = Lines(text[block.start : block.end], block.start, block.line)
        left = [arrange(text[block.start : block.end])]
        while left:
            line = left.pop()
            left += line.children
            yield Fold(lines.at(line.scan.start)[0], lines.at(_end(line))[0])


def _end(line: Line) -> int:
    return max(line.last, line.scan.end)


def _comments(text: str) -> Iterator[Fold]:
    first = 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("#"):
            first = first or number
        elif first:
            yield Fold(first, number - 1, "comment")
            first = 0
