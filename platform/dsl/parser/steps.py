"""Lines to steps. Owns what belongs together over several lines: blocks, branches and labels.

A line that cannot be read becomes a `BrokenStep`; the lines under it and after it are read all the same.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from treadle.dsl.nodes import (
    ApproveStep,
    BrokenStep,
    Case,
    ForEachStep,
    Ident,
    IfArm,
    IfStep,
    MatchStep,
    Node,
    Step,
    TogetherStep,
    TryStep,
    WaitForStep,
)
from treadle.dsl.parser.build_steps import Branch
from treadle.dsl.parser.layout import Line
from treadle.dsl.parser.lines import code_of, ident_at, lacks_value, read_line, refuse_block, report_faults
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.words import visible
from treadle.dsl.spelling import suggest
from treadle.dsl.syntax_codes import BLOCK_MISSING, NO_CASE, ORPHAN

_LABEL = re.compile(r"([^\W\d]\w*) *:(?=\s)\s*")
_NAMES = (
    re.compile(r"([^\W\d]\w*) *=(?![=>])"),
    re.compile(r"for +(?:each +)?([^\W\d]\w*)"),
    re.compile(r"wait\b.*\bas +([^\W\d]\w*)"),
)  # what a step seems to bind
_BRANCH = re.compile(r"(?:else|on|case)\b(?! *=(?!=))")
_BRANCHES = re.compile(r"else(?: +if)?|on +timeout|on +error|case|on")
_OWNERS = {"else": "`if`", "on timeout": "`wait for` or `approve`", "on error": "`try`", "case": "`match`"}
_CASES = dict.fromkeys(("when", "if", "is", "on"), "case") | dict.fromkeys(("default", "otherwise", "_"), "else")
_ELSE = re.compile(r"else\b")
_CASE = re.compile(r"case\b")
_ON_TIMEOUT = re.compile(r"on\b(?! +error\b)")
_ON_ERROR = re.compile(r"on\b(?! +timeout\b)")
_OWN_BRANCHES = (
    (re.compile(r"if\b"), _ELSE, "step"),
    (re.compile(r"wait +for\b|(?:\w+ *= *)?approve\b"), _ON_TIMEOUT, "on_timeout"),
    (re.compile(r"try\b"), _ON_ERROR, "on_error"),
)  # how a step begins that is followed by branches, how they begin, their rule of the grammar


def read_steps(lines: list[Line], reading: Reading) -> tuple[Step, ...]:
    """The steps of one block. Nesting is bounded by the layout."""
    reader = _Steps(lines, reading)
    steps: list[Step] = []
    while reader.at < len(lines):
        steps.append(reader.step())
    return tuple(steps)


class _Steps:
    """Goes over the lines of one block; `at` is the next line.

    `broken_owner` when the line before could not be read and has lines under it: a branch behind it may be its own.
    """

    def __init__(self, lines: list[Line], reading: Reading) -> None:
        self.lines, self.reading, self.at = lines, reading, 0
        self.broken_owner = False

    def step(self) -> Step:
        line = self._take()
        readable = report_faults(line, self.reading)
        code = code_of(line, self.reading)
        label = _LABEL.match(code)
        skip = label.end() if label else 0
        if _BRANCH.match(code, skip):
            return self._orphan(line, code[skip:])
        self.broken_owner = False
        name = ident_at(label, line, self.reading)
        node = read_line(line, "step", self.reading, skip) if readable else None
        if node is None:
            named = next((found for each in _NAMES if (found := each.match(code, skip))), None)
            return self._broken(line, code[skip:], ident_at(named, line, self.reading), name)
        return self._whole(line, node, name)

    def _take(self) -> Line:
        self.at += 1
        return self.lines[self.at - 1]

    def _peek(self) -> str:
        """The code of the next line, "" after the last."""
        return code_of(self.lines[self.at], self.reading) if self.at < len(self.lines) else ""

    def _whole(self, line: Line, node: Any, label: Ident | None) -> Step:
        """The step with its label, the lines under it and its branches."""
        fields: dict[str, Any] = {"label": label} if label else {}
        last = line.last
        match node:
            case IfArm():
                return self._if(line, node, label)
            case MatchStep():
                fields |= self._cases(line)
            case ForEachStep() | TogetherStep():
                fields["body"] = self._body(line)
            case TryStep():
                fields["body"] = self._body(line)
                found, handler, last = self._branch(line, _ON_ERROR, "on_error")
                fields |= {"error": found.name if found else None, "handler": handler}
            case WaitForStep() | ApproveStep():
                refuse_block(line, self.reading)
                _, fields["on_timeout"], last = self._branch(line, _ON_TIMEOUT, "on_timeout")
            case BrokenStep():
                self.broken_owner = bool(line.children)
                fields["body"] = read_steps(line.children, self.reading)
            case _:
                refuse_block(line, self.reading)
                last = line.scan.end
        return self._ended(node, line, last, **fields)  # type: ignore[no-any-return]

    def _ended(self, node: Any, line: Line, last: int, **fields: Any) -> Any:
        """The node with these fields; its span ends where its last line does."""
        return msgspec.structs.replace(node, span=self.reading.span(line.scan.start, last), **fields)

    def _branch(
        self, line: Line, begins: re.Pattern[str], rule: str
    ) -> tuple[Branch | None, tuple[Step, ...] | None, int]:
        """The `on ...` line that follows, its steps, and where all of it ends."""
        if not begins.match(self._peek()):
            return None, None, line.last
        branch = self._take()
        node = self._read(branch, rule)
        if isinstance(node, Branch):
            return node, self._body(branch), branch.last
        return None, (self._broken_step(branch, None, None),), branch.last  # it may have bound a name

    def _read(self, line: Line, rule: str) -> Node | None:
        """A line of its own rule, None when it is broken, which is reported."""
        return read_line(line, rule, self.reading) if report_faults(line, self.reading) else None

    def _cases(self, line: Line) -> dict[str, Any]:
        """The fields of a `match` from the lines under it."""
        cases: list[Case] = []
        otherwise: tuple[Step, ...] | None = None
        if not line.children and not line.faults:
            self.reading.report(BLOCK_MISSING, line.scan.start, line.scan.end, owner=code_of(line, self.reading))
        for child in line.children:
            code = code_of(child, self.reading)
            if _CASE.match(code) and otherwise is None:
                node = self._read(child, "case")
                body = self._body(child)
                if isinstance(node, Case):
                    cases.append(self._ended(node, child, child.last, body=body))
            elif _ELSE.match(code) and otherwise is None:
                self._read(child, "otherwise")
                otherwise = self._body(child)
            else:
                self._no_case(child, code, behind_else=otherwise is not None)
        return {"cases": tuple(cases), "otherwise": otherwise}

    def _no_case(self, line: Line, code: str, *, behind_else: bool) -> None:
        """A line under `match` that cannot stand there; the steps under it are read for their faults."""
        report_faults(line, self.reading)
        found = re.match(r"\w+|.", code)
        word = found.group() if found else code
        reason = "stands behind `else`, which comes last" if behind_else else "is no `case`"
        start, end = line.scan.start, line.scan.start + len(word)
        ours = None if behind_else else _CASES.get(word) or suggest(word, ("case", "else"))
        notes = (f"did you mean `{ours}`?",) if ours else ()
        fixes = (self.reading.fix(f"write `{ours}`", start, end, ours),) if ours else ()
        if not behind_else and (word == '"' or word.isdigit()):
            fixes = (self.reading.fix("write `case`", start, start, "case "),)
        self.reading.report(NO_CASE, start, end, notes=notes, fixes=fixes, word=visible(word), reason=reason)
        read_steps(line.children, self.reading)

    def _orphan(self, line: Line, code: str) -> Step:
        found = _BRANCHES.match(code)
        word = " ".join(found.group().split()) if found else code
        owner = _OWNERS.get(word.removesuffix(" if"), "`try`")
        start = line.scan.end - len(code)
        if not self.broken_owner:
            self.reading.report(ORPHAN, start, start + len(word), word=word, owner=owner)
        return self._broken_step(line, None, None)

    def _broken(self, line: Line, code: str, name: Ident | None, label: Ident | None) -> Step:
        """A line that was reported; the branches behind it that would be its own belong to it."""
        self.broken_owner = bool(line.children)
        step = self._broken_step(line, name, label)
        bodies, last = list(step.body), line.last
        own = next((row for row in _OWN_BRANCHES if row[0].match(code)), None)
        while own and own[1].match(self._peek()):
            branch = self._take()
            self._read(branch, own[2])
            bodies += read_steps(branch.children, self.reading)
            last = branch.last
        return self._ended(step, line, last, body=tuple(bodies))  # type: ignore[no-any-return]

    def _broken_step(self, line: Line, name: Ident | None, label: Ident | None) -> BrokenStep:
        if any(_CASE.match(code_of(child, self.reading)) for child in line.children):
            found = self._cases(line)
            body = (*(step for case in found["cases"] for step in case.body), *(found["otherwise"] or ()))
        else:
            body = () if lacks_value(line, self.reading) else read_steps(line.children, self.reading)
        span = self.reading.span(line.scan.start, line.last)
        return BrokenStep(id=self.reading.next_id(), span=span, name=name, label=label, body=body)

    def _if(self, line: Line, first: IfArm, label: Ident | None) -> IfStep:
        arms, otherwise, last = [self._arm(line, first)], None, line.last
        while otherwise is None and _ELSE.match(self._peek()):
            branch = self._take()
            node = self._read(branch, "step")
            last = branch.last
            if isinstance(node, IfArm):
                arms.append(self._arm(branch, node))
            elif isinstance(node, Branch):
                otherwise = self._body(branch)
            else:
                self._body(branch)
        span = self.reading.span(line.scan.start, last)
        return IfStep(id=self.reading.next_id(), span=span, arms=tuple(arms), otherwise=otherwise, label=label)

    def _arm(self, line: Line, arm: IfArm) -> IfArm:
        return self._ended(arm, line, line.last, body=self._body(line))  # type: ignore[no-any-return]

    def _body(self, line: Line) -> tuple[Step, ...]:
        if not line.children and not line.faults:
            self.reading.report(BLOCK_MISSING, line.scan.start, line.scan.end, owner=code_of(line, self.reading))
        return read_steps(line.children, self.reading)
