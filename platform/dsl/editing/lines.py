"""The line of a step: its label, its text, and comments of steps and declarations."""

from __future__ import annotations

import re

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.addresses import Steps
from treadle.dsl.editing.operations import RemoveMember, SetComment, SetLabel, SetLine, SetMember
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.regions import end_of, head_end, removal, start_of
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.editing_codes import NAME_IN_USE, UNREADABLE
from treadle.dsl.parser.layout import Line

_COLON = re.compile(r"[ \t]*:\s*")


def set_label(target: Target, op: SetLabel) -> list[TextEdit]:
    """Pin a step's id, or let it go."""
    steps = Steps(target)
    placed = steps.find(op.step)
    if op.label is None:
        return [TextEdit(placed.step.span.start, _behind_label(target.text, placed.step), "")]
    label = given.name(op.label, target.source.file)
    if any(each == label and number != placed.step.id for number, each in steps.ids.items()):
        raise refused(NAME_IN_USE, target.source.file, target.span(placed.head), owner=target.shown, name=label)
    if placed.step.label:
        span = placed.step.label.span
        return [TextEdit(span.start, span.end, label)]
    at = placed.step.span.start
    return [TextEdit(at, at, f"{label}: ")]


def _behind_label(text: str, step: nodes.Step) -> int:
    """Where a step begins behind its label."""
    if step.label is None:
        return step.span.start
    found = _COLON.match(text, step.label.span.end)
    return found.end() if found else step.label.span.end


def set_line(target: Target, op: SetLine) -> list[TextEdit]:
    """The line that begins a step or one of its branches; its label and its comment stay."""
    steps = Steps(target)
    placed = steps.find(op.step)
    line = placed.head if op.block is None else steps.blocks(placed).get(op.block)
    if line is None:
        raise no_part(target, f"block `{op.block}` in `{op.step}`", tuple(steps.blocks(placed)))
    lines = margins.lines_of(op.text)
    if not lines:
        raise refused(UNREADABLE, target.source.file, target.span(line), what="step", problem="nothing is there")
    start = _behind_label(target.text, placed.step) if line is placed.head else target.at(line.scan.start)
    return [TextEdit(start, target.at(line.scan.end), joined(target, line, lines))]


def joined(target: Target, line: Line, lines: list[str]) -> str:
    """Lines that take the place of the code of one; the first stands where that one began."""
    end = margins.feed(target.text, target.at(line.scan.end))
    return end.join([lines[0], *(margins.deeper(each, line.indent) for each in lines[1:])])


def set_comment(target: Target, op: SetComment) -> list[TextEdit]:
    """The comment above a line, or at its end."""
    line = _commented(target, op)
    shown = _comment(op.text) if op.text and op.text.strip() else []
    if op.where == "end":
        if len(shown) > 1:
            raise refused(
                UNREADABLE, target.source.file, target.span(line), what="comment", problem="it has several lines"
            )
        return [_at_end(target, line, "".join(shown))]
    start, end = start_of(target, line), margins.line_start(target.text, target.at(line.scan.start))
    if not shown:
        return [TextEdit(start, end, "")]
    feed = margins.feed(target.text, start)
    return [TextEdit(start, end, "".join(" " * line.indent + each + feed for each in shown))]


def _commented(target: Target, op: SetComment) -> Line:
    """The line that a comment belongs to."""
    if op.step is not None:
        return Steps(target).find(op.step).head
    return target.root if op.number is None else member(target, op.number)


def set_member(target: Target, op: SetMember) -> list[TextEdit]:
    """A line under the head, written anew or added."""
    members = _members(target)
    lines = margins.lines_of(op.text)
    if not lines:
        raise refused(UNREADABLE, target.source.file, target.span(target.root), what="line", problem="nothing is there")
    if op.number is not None:
        line = member(target, op.number)
        return [TextEdit(target.at(line.scan.start), target.at(line.scan.end), joined(target, line, lines))]
    at = end_of(target, members[-1]) if members else head_end(target, target.root)
    indent = members[0].indent if members else margins.STEP
    return [margins.insert_lines(target.text, at, [margins.deeper(each, indent) for each in lines])]


def remove_member(target: Target, op: RemoveMember) -> list[TextEdit]:
    """A line under the head, with its comments."""
    _members(target)
    return [removal(target, [member(target, op.number)], target.root.children)]


def _members(target: Target) -> list[Line]:
    if not isinstance(target.decl, nodes.EventDecl | nodes.AgentDecl | nodes.CalendarDecl | nodes.TestDecl):
        raise no_part(target, "lines of that kind")
    return target.root.children


def member(target: Target, number: int) -> Line:
    """The row, member or clause of a number, from 1. Refuses when there is none."""
    lines = target.root.children[1 if isinstance(target.decl, nodes.TableDecl) else 0 :]
    if not 0 < number <= len(lines):
        raise no_part(target, f"line {number}")
    return lines[number - 1]


def _at_end(target: Target, line: Line, shown: str) -> TextEdit:
    start = target.at(line.scan.end)
    end = target.at(line.scan.comment.end) if line.scan.comment else start
    if shown and line.scan.comment:
        return TextEdit(target.at(line.scan.comment.start), end, shown)
    return TextEdit(start, end, f"  {shown}" if shown else "")


def _comment(text: str) -> list[str]:
    """The lines of a comment, each with its sign."""
    lines = [line.rstrip() for line in text.strip().split("\n")]
    return [line.lstrip() if line.lstrip().startswith("#") else f"# {line}".rstrip() for line in lines]
