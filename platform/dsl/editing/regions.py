"""What goes with a line when it moves or is taken out: its block, the comments that belong to it, the empty lines.

Owns the rule: comments right above a line, without an empty line between, are its own; so is what stands deeper.
"""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import margins
from treadle.dsl.editing.source import Target
from treadle.dsl.parser.layout import Line


def above(text: str, at: int, asides: tuple[tuple[int, bool], ...], *, blank: bool) -> int:
    """Where the comments right above a line begin; where the line does when there is none.

    `asides` are (offset, whether an empty line stands before) of the comments above it; `blank` is that of the line.
    """
    start = margins.line_start(text, at)
    for offset, apart in reversed(asides):
        if blank:
            break
        start, blank = margins.line_start(text, offset), apart
    return start


def start_of(target: Target, line: Line) -> int:
    """Where a line begins, with the comments that belong to it."""
    if line is target.root:
        return _gap_start(target)
    asides = tuple((target.at(each.comment.start), each.blank) for each in line.before)
    return above(target.text, target.at(line.scan.start), asides, blank=line.blank)


def _gap_start(target: Target) -> int:
    """Where the comments in the first column right above a declaration begin."""
    text = target.text
    start = margins.line_start(text, target.block.start)
    while start > margins.floor(text) and text.startswith("#", margins.line_start(text, start - 1)):
        start = margins.line_start(text, start - 1)
    return start


def head_end(target: Target, line: Line) -> int:
    """Where the physical line behind a logical one begins."""
    last = line.scan.comment.end if line.scan.comment else line.scan.end
    return margins.line_end(target.text, target.at(last))


def end_of(target: Target, line: Line) -> int:
    """Where the line behind a line and all that stands in it begins: comments that are deeper stand in it."""
    last, left = 0, [line]
    while left:
        at = left.pop()
        left += at.children
        last = max(last, at.scan.comment.end if at.scan.comment else at.scan.end)
        inside = [each.comment for each in (*at.before, *at.after) if at is not line or each in at.after]
        deep = [each for each in inside if margins.column(target.text, target.at(each.start)) > line.indent]
        last = max([last, *(each.end for each in deep)])
    return margins.line_end(target.text, target.at(last))


def removal(target: Target, lines: list[Line], siblings: list[Line]) -> TextEdit:
    """Take lines of one block out, with their comments, and the empty lines that nothing needs any more."""
    text = target.text
    start, end = start_of(target, lines[0]), end_of(target, lines[-1])
    blank_start, blank_end = margins.blank_above(text, start), margins.blank_below(text, end)
    if siblings and lines[-1] is siblings[-1]:
        start = blank_start
    elif (siblings and lines[0] is siblings[0]) or blank_start < start:
        end = blank_end
    return margins.remove_lines(text, start, end)
