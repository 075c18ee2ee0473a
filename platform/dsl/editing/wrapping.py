"""Steps put into a block and taken out of one. Every line keeps its text but for its margin."""

from __future__ import annotations

from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.addresses import Placed, Steps
from treadle.dsl.editing.operations import UnwrapStep, WrapSteps
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.regions import end_of, head_end, start_of
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.editing_codes import WHICH_BLOCK
from treadle.dsl.parser.layout import Line

_HANDLER = ("on error", '  log "it failed"')


def wrap(target: Target, op: WrapSteps) -> list[TextEdit]:
    """One step or several that follow each other."""
    steps = Steps(target)
    first = steps.find(op.step)
    last = steps.find(op.last) if op.last else first
    if last.siblings is not first.siblings:
        raise no_part(target, f"block that holds both `{first.id}` and `{last.id}`")
    if last.head.scan.start < first.head.scan.start:
        first, last = last, first
    text, indent = target.text, first.head.indent
    start, end = start_of(target, first.head), end_of(target, last.lines[-1])
    head = [margins.deeper(line, indent) for line in _head(op, target.source.file)]
    edits = [margins.insert_lines(text, start, head), *margins.indent_lines(text, start, end, margins.STEP)]
    if op.wrapper == "try":
        edits.append(margins.insert_lines(text, end, [margins.deeper(line, indent) for line in _HANDLER]))
    return edits


def _head(op: WrapSteps, file: str) -> list[str]:
    if op.wrapper in ("try", "together"):
        return [op.wrapper]
    word = "if" if op.wrapper == "if" else "for each"
    return given.head(f"{word} {op.head}", file)


def unwrap(target: Target, op: UnwrapStep) -> list[TextEdit]:
    """The steps of one block of a step; the comment above the step stays above them."""
    steps = Steps(target)
    placed = steps.find(op.step)
    blocks = steps.blocks(placed)
    if op.keep is None and len(blocks) > 1:
        shown = ", ".join(f"`{each}`" for each in blocks)
        raise refused(WHICH_BLOCK, target.source.file, target.span(placed.head), step=op.step, blocks=shown)
    line = blocks.get(op.keep or next(iter(blocks), ""))
    if line is None or not line.children:
        what = f"block `{op.keep}`" if op.keep else "block of steps"
        raise no_part(target, f"{what} in `{op.step}`", tuple(blocks))
    return _without_frame(target, placed, line)


def _without_frame(target: Target, placed: Placed, line: Line) -> list[TextEdit]:
    text = target.text
    start, end = margins.line_start(text, target.at(placed.head.scan.start)), end_of(target, placed.lines[-1])
    kept_start, kept_end = margins.blank_below(text, head_end(target, line)), end_of(target, line)
    before = TextEdit(start, kept_start, "")
    moved = margins.indent_lines(text, kept_start, kept_end, placed.head.indent - line.children[0].indent)
    after = [margins.remove_lines(text, kept_end, end)] if kept_end < end else []
    return [before, *moved, *after]
