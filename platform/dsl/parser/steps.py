"""Lines to steps. Owns what belongs together over several lines: branches, labels, and what follows a later construct.

A line that cannot be read becomes a `BrokenStep`; the lines under it and after it are read all the same.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from treadle.dsl.nodes import BrokenStep, Ident, IfArm, IfStep, LaterStep, Step
from treadle.dsl.parser import constructs
from treadle.dsl.parser.build_lines import Otherwise
from treadle.dsl.parser.constructs import Later
from treadle.dsl.parser.layout import Line
from treadle.dsl.parser.lines import code_of, ident_at, read_line, refuse_block, report_faults
from treadle.dsl.parser.reading import Reading
from treadle.dsl.syntax_codes import BLOCK_MISSING, ORPHAN

_LABEL = re.compile(r"([^\W\d]\w*) *:(?=\s)\s*")
_NAME = re.compile(r"([^\W\d]\w*) *=(?![=>])\s*")
_BRANCH = re.compile(r"(?:else|on|case)\b")
_OWNERS = {"else": "`if`", "on timeout": "`wait for` or `approve`", "on error": "`try`", "case": "`match`"}
_BRANCHES = re.compile(r"else(?: +if)?|on +timeout|on +error|case|on")


def read_steps(lines: list[Line], reading: Reading) -> tuple[Step, ...]:
    """The steps of one block. Nesting is bounded by the layout."""
    reader = _Steps(lines, reading)
    steps: list[Step] = []
    while reader.at < len(lines):
        if step := reader.step():
            steps.append(step)
    return tuple(steps)


class _Steps:
    """Goes over the lines of one block; `at` is the next line.

    `broken_owner` when the line before could not be read and has lines under it: a branch behind it may be its own.
    """

    def __init__(self, lines: list[Line], reading: Reading) -> None:
        self.lines, self.reading, self.at = lines, reading, 0
        self.broken_owner = False

    def step(self) -> Step | None:
        line = self._take()
        readable = report_faults(line, self.reading)
        code = code_of(line, self.reading)
        label = _LABEL.match(code)
        skip = label.end() if label else 0
        named = _NAME.match(code, skip)
        if later := constructs.known(code[named.end() if named else skip :], constructs.STEPS):
            return self._later(line, later, label, named)
        if _BRANCH.match(code, skip):
            return self._orphan(line, code[skip:])
        self.broken_owner = False
        name = ident_at(label, line, self.reading)
        node = read_line(line, "step", self.reading, skip) if readable else None
        if node is None:
            return self._broken(line, named, name)
        if isinstance(node, IfArm):
            return self._if(line, node, name)
        return self._plain(line, node, name)

    def _take(self) -> Line:
        self.at += 1
        return self.lines[self.at - 1]

    def _peek(self) -> str:
        """The code of the next line, "" after the last."""
        return code_of(self.lines[self.at], self.reading) if self.at < len(self.lines) else ""

    def _plain(self, line: Line, node: Any, label: Ident | None) -> Step:
        refuse_block(line, self.reading)
        fields: dict[str, Any] = {"label": label} if label else {}
        if label:
            fields["span"] = self.reading.span(line.scan.start, line.scan.end)
        if line.children and isinstance(node, BrokenStep):
            fields["body"] = read_steps(line.children, self.reading)
        return msgspec.structs.replace(node, **fields)  # type: ignore[no-any-return]

    def _later(self, line: Line, later: Later, label: re.Match[str] | None, named: re.Match[str] | None) -> LaterStep:
        """The construct with all lines under it, and the branches that belong to it."""
        code = code_of(line, self.reading)
        start = named.end() if named else label.end() if label else 0
        shown = later.begins.match(code, start)
        end = shown.end() if shown else len(code)
        self.reading.report(later.code, line.scan.start + start, line.scan.start + end)
        last = line.last
        while later.then and self._peek().startswith(later.then):
            last = self._take().last
        bound = named or (constructs.bound(code) if later.construct == "wait for" else None)
        return LaterStep(
            id=self.reading.next_id(),
            span=self.reading.span(line.scan.start, last),
            construct=later.construct,
            name=ident_at(bound, line, self.reading, binds=True),
            label=ident_at(label, line, self.reading),
        )

    def _orphan(self, line: Line, code: str) -> Step:
        found = _BRANCHES.match(code)
        word = " ".join(found.group().split()) if found else code
        owner = _OWNERS.get(word.removesuffix(" if"), "`try`")
        start = line.scan.end - len(code)
        if self.broken_owner:
            return self._broken_step(line, None, None)
        self.reading.report(ORPHAN, start, start + len(word), word=word, owner=owner)
        return self._broken_step(line, None, None)

    def _broken(self, line: Line, named: re.Match[str] | None, label: Ident | None) -> Step:
        """A line that was reported; the `else` lines after a broken `if` belong to it."""
        name = ident_at(named, line, self.reading)
        self.broken_owner = bool(line.children)
        step = self._broken_step(line, name, label)
        bodies = list(step.body)
        while code_of(line, self.reading).startswith("if") and re.match(r"else\b", self._peek()):
            branch = self._take()
            if report_faults(branch, self.reading):
                read_line(branch, "step", self.reading)
            bodies += read_steps(branch.children, self.reading)
        return msgspec.structs.replace(step, body=tuple(bodies))

    def _broken_step(self, line: Line, name: Ident | None, label: Ident | None) -> BrokenStep:
        body = read_steps(line.children, self.reading)
        span = self.reading.span(line.scan.start, line.last)
        return BrokenStep(id=self.reading.next_id(), span=span, name=name, label=label, body=body)

    def _if(self, line: Line, first: IfArm, label: Ident | None) -> IfStep:
        arms, otherwise, last = [self._arm(line, first)], None, line.last
        while otherwise is None and re.match(r"else\b", self._peek()):
            branch = self._take()
            node = read_line(branch, "step", self.reading) if report_faults(branch, self.reading) else None
            last = branch.last
            if isinstance(node, IfArm):
                arms.append(self._arm(branch, node))
            elif isinstance(node, Otherwise):
                otherwise = self._body(branch)
            else:
                self._body(branch)
        span = self.reading.span(line.scan.start, last)
        return IfStep(id=self.reading.next_id(), span=span, arms=tuple(arms), otherwise=otherwise, label=label)

    def _arm(self, line: Line, arm: IfArm) -> IfArm:
        return msgspec.structs.replace(arm, body=self._body(line), span=self.reading.span(line.scan.start, line.last))

    def _body(self, line: Line) -> tuple[Step, ...]:
        if not line.children and not line.faults:
            self.reading.report(BLOCK_MISSING, line.scan.start, line.scan.end, owner=code_of(line, self.reading))
        return read_steps(line.children, self.reading)
