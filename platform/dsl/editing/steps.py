"""Steps put in, taken out and moved. Owns where a place is, and that no block is left empty."""

from __future__ import annotations

from typing import NamedTuple

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.addresses import LATE_BLOCKS, Placed, Steps
from treadle.dsl.editing.operations import InsertStep, MoveStep, RemoveBranch, RemoveStep
from treadle.dsl.editing.refs import Place
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.regions import end_of, head_end, removal, start_of
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.editing_codes import BLOCK_EMPTY, INTO_ITSELF
from treadle.dsl.parser.layout import Line


class Spot(NamedTuple):
    """A place in the text: where a line begins, how deep steps stand there, the line that must open their block."""

    at: int
    indent: int
    opening: str | None = None

    def edit(self, text: str, lines: list[str]) -> TextEdit:
        """Put lines in."""
        shown = [margins.deeper(line, self.indent) for line in lines]
        if self.opening is not None:
            shown.insert(0, " " * (self.indent - margins.STEP) + self.opening)
        return margins.insert_lines(text, self.at, shown)


def insert(target: Target, op: InsertStep) -> list[TextEdit]:
    """Steps given as text."""
    lines = given.steps(op.text, target.source.file)
    return [spot(target, Steps(target), op.place).edit(target.text, lines)]


def remove(target: Target, op: RemoveStep) -> list[TextEdit]:
    """A step with what stands in it."""
    placed = Steps(target).find(op.step)
    _not_alone(target, placed)
    return [removal(target, placed.lines, placed.siblings)]


def move(target: Target, op: MoveStep) -> list[TextEdit]:
    """A step to another place; to where it stands, nothing changes."""
    steps = Steps(target)
    placed = steps.find(op.step)
    start, end = start_of(target, placed.head), end_of(target, placed.lines[-1])
    there = spot(target, steps, op.place)
    if there.at in (start, end) and there.indent == placed.head.indent and there.opening is None:
        return []
    if start < there.at < end or (there.at == end and there.indent > placed.head.indent):
        raise refused(INTO_ITSELF, target.source.file, target.span(placed.head), step=op.step)
    _not_alone(target, placed)
    taken = target.text[start:end].replace("\r\n", "\n").removesuffix("\n").split("\n")
    lines = [margins.deeper(line, -placed.head.indent) for line in taken]
    return [there.edit(target.text, lines), removal(target, placed.lines, placed.siblings)]


def remove_branch(target: Target, op: RemoveBranch) -> list[TextEdit]:
    """A block that a step can do without."""
    steps = Steps(target)
    placed = steps.find(op.step)
    blocks = steps.blocks(placed)
    line = blocks.get(op.block)
    if line is None:
        raise no_part(target, f"block `{op.block}` in `{op.step}`", tuple(blocks))
    if line is placed.head:
        raise refused(BLOCK_EMPTY, target.source.file, target.span(line), step=op.step)
    siblings = placed.siblings if line in placed.lines else placed.head.children
    return [removal(target, [line], siblings)]


def _not_alone(target: Target, placed: Placed) -> None:
    if len(placed.lines) == len(placed.siblings):
        raise refused(BLOCK_EMPTY, target.source.file, target.span(placed.head), step=placed.id)


def spot(target: Target, steps: Steps, place: Place) -> Spot:
    """Where a place is. Refuses when there is none."""
    if place.where in ("before", "after"):
        placed = steps.find(place.step or "")
        at = start_of(target, placed.head) if place.where == "before" else end_of(target, placed.lines[-1])
        return Spot(at, placed.head.indent)
    if place.step is None:
        return _inside(target, steps.do(), first=place.where == "first")
    placed = steps.find(place.step)
    blocks = steps.blocks(placed)
    name = place.block or next(iter(blocks), "")
    if name in blocks:
        return _inside(target, blocks[name], first=place.where == "first")
    return _new_block(target, placed, name, tuple(blocks))


def _inside(target: Target, line: Line, *, first: bool) -> Spot:
    if not line.children:
        return Spot(head_end(target, line), line.indent + margins.STEP)
    indent = line.children[0].indent
    return Spot(head_end(target, line) if first else end_of(target, line.children[-1]), indent)


def _new_block(target: Target, placed: Placed, name: str, known: tuple[str, ...]) -> Spot:
    if not name or LATE_BLOCKS.get(placed.step.__class__) != name:
        raise no_part(target, f"{f'block `{name}`' if name else 'block'} in `{placed.id}`", known)
    opening = name.replace("_", " ")
    indent = placed.head.indent + margins.STEP
    if isinstance(placed.step, nodes.MatchStep) and placed.head.children:
        cases = placed.head.children
        return Spot(end_of(target, cases[-1]), cases[0].indent + margins.STEP, opening)
    return Spot(end_of(target, placed.lines[-1]), indent, opening)
