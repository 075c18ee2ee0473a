"""Steps by their ids, and blocks of steps by their names. Owns addressing inside of a declaration."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes
from treadle.dsl.checker.walking import blocks_of, steps_in
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.source import Source, Target, no_part, reference
from treadle.dsl.editing_codes import NO_STEP
from treadle.dsl.lower.naming import VERBS, next_name
from treadle.dsl.parser.layout import Line
from treadle.dsl.spelling import did_you_mean

_DO = re.compile(r"do\b(?! *=(?!=))")
_ELSE = re.compile(r"else\b(?! +if\b)")
LATE_BLOCKS = {
    nodes.IfStep: "else",
    nodes.MatchStep: "else",
    nodes.TryStep: "on_error",
    nodes.WaitForStep: "on_timeout",
    nodes.ApproveStep: "on_timeout",
}
"""The block that a step may have and may lack."""


class Placed(msgspec.Struct, frozen=True):
    """A step with its lines: those of its head and its branches; `siblings` are all lines of the block it stands in."""

    id: str
    step: nodes.Step
    lines: list[Line]
    siblings: list[Line]

    @property
    def head(self) -> Line:
        """The line that it begins with."""
        return self.lines[0]


def spans_of(source: Source, decl: nodes.Decl) -> dict[str, tuple[int, int]]:
    """Where each step of a declaration begins and ends, by its id."""
    ids = _ids(source, decl)
    return {ids[step.id]: (step.span.start, step.span.end) for step in steps_in(_body(decl))}


class Steps:
    """The steps of one rule or sequence; of another declaration there are none."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.body = _body(target.decl)
        self.ids = _ids(target.source, target.decl)
        self._homes = dict(_homes(target))

    def find(self, id: str) -> Placed:
        """The step of an id. Refuses when there is none."""
        for step in steps_in(self.body):
            if self.ids[step.id] == id and step.span.start in self._homes:
                return self._placed(step, id)
        span = self.target.span(self.target.root)
        notes = did_you_mean(id, self.ids.values())
        raise refused(NO_STEP, self.target.source.file, span, notes=notes, owner=self.target.shown, step=id)

    def _placed(self, step: nodes.Step, id: str) -> Placed:
        siblings, at = self._homes[step.span.start]
        end = at + 1
        while end < len(siblings) and self.target.at(siblings[end].scan.start) < step.span.end:
            end += 1
        return Placed(id, step, siblings[at:end], siblings)

    def do(self) -> Line:
        """The line under which the steps stand. Refuses when there is none."""
        for line in self.target.root.children:
            if _DO.match(self.target.code(line)):
                return line
        raise no_part(self.target, "steps")

    def blocks(self, placed: Placed) -> dict[str, Line]:
        """The lines that begin the blocks of a step, by the names of the blocks."""
        return dict(_blocks(self.target, placed))


def _homes(target: Target) -> Iterator[tuple[int, tuple[list[Line], int]]]:
    """For each line that stands in another: all lines there, and which of them it is."""
    left = [target.root]
    while left:
        line = left.pop()
        left += line.children
        for at, child in enumerate(line.children):
            yield target.at(child.scan.start), (line.children, at)


def _blocks(target: Target, placed: Placed) -> Iterator[tuple[str, Line]]:
    lines = placed.lines
    match placed.step:
        case nodes.IfStep(arms=arms):
            yield from _arms(target, lines, {arm.span.start for arm in arms})
        case nodes.MatchStep(cases=cases):
            yield from _arms(target, lines[0].children, {case.span.start for case in cases})
        case nodes.ForEachStep() | nodes.TogetherStep() | nodes.TryStep():
            yield "body", lines[0]
    late = LATE_BLOCKS.get(placed.step.__class__, "else")
    if late != "else" and len(lines) > 1:
        yield late, lines[1]


def _arms(target: Target, lines: list[Line], starts: set[int]) -> Iterator[tuple[str, Line]]:
    count = 0
    for line in lines:
        if target.at(line.scan.start) in starts:
            count += 1
            yield f"arm_{count}", line
        elif _ELSE.match(target.code(line)):
            yield "else", line


def _body(decl: nodes.Decl) -> tuple[nodes.Step, ...]:
    return decl.body if isinstance(decl, nodes.RuleDecl | nodes.SequenceDecl) else ()


def _ids(source: Source, decl: nodes.Decl) -> dict[int, str]:
    """The id of each step by its node: that of the graph, where there is one, else what it would be called."""
    ref = reference(decl)
    graph = next((each for each in source.graphs if (each.kind, each.name) == (ref.kind, ref.name)), None)
    known = {node.span.start: node.id for node in graph.nodes.values()} if graph else {}
    flat = list(steps_in(_body(decl)))
    ids = {step.id: known[step.span.start] for step in flat if step.span.start in known}
    ids |= {step.id: step.label.text for step in flat if step.label}
    taken, counts = set(ids.values()), dict[str, int]()
    for step in flat:
        if step.id not in ids:
            ids[step.id] = next_name(_base(step, source.aliases), counts, taken)
    return ids


def _base(step: nodes.Step, aliases: frozenset[str]) -> str:
    """What a step is called that was not lowered: the same words as there, told by the text alone."""
    match step:
        case nodes.CallStep(call=nodes.CallExpr(of=nodes.Member(of=nodes.Name(text=alias), name=action))) if (
            alias in aliases
        ):
            return action.text
        case nodes.CallStep(name=nodes.Ident(text=name)) | nodes.AssignStep(name=nodes.Ident(text=name)):
            return name
        case nodes.TextStep(verb=verb):
            return verb
        case nodes.CallStep():
            return "call"
    return VERBS.get(step.__class__, "broken")


def depth_of(step: nodes.Step) -> int:
    """How many steps stand in a step, itself among them."""
    return 1 + sum(depth_of(each) for block in blocks_of(step) for each in block)
