"""Finds where one logical line ends: through brackets, texts and deeper lines that begin with `and` or `or`.

Owns brackets, quotes, comments and tabs; knows no words but `matches`, behind which a text is raw. What it finds wrong
is kept as faults; the line ends at the first place where it can be told that a bracket or a text was forgotten.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from treadle.dsl.codes import Code
from treadle.dsl.syntax_codes import CLOSES_NOTHING, INDENTATION, NOT_CLOSED, TAB, TEXT_NOT_CLOSED

BLANKS = " \t\r\n"  # other blanks of Unicode are signs that the language does not have
_CODE = re.compile(r'[\n#"()\[\]{}\t|]')
_TEXT = re.compile(r'[\\{"\n]')
_TRIPLE = re.compile(r'\\|\{|"""|\n')
_RAW = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"')
_AFTER_MATCHES = re.compile(r"\bmatches[ \t]*\Z")
_GOES_ON = re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*([ \t]*)(?:and|or)\b")
_NEXT_LINE = re.compile(r"([ \t]*)([^\n]{0,3})")
_AHEAD = 2_000  # characters in which the closing mark of lines is looked for that do not stand deep enough
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_QUOTES = ('"', '"""')


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with brackets, texts or blanks: the code, where (offsets in the block), and the code's fields."""

    code: Code
    start: int
    end: int
    fields: dict[str, Any] = {}


class Comment(msgspec.Struct, frozen=True):
    """A comment from its `#` to the end of its line, as offsets in the block."""

    start: int
    end: int


class Scan(msgspec.Struct):
    """A logical line: its code is `start` to `end`; `next` is the offset after its last line feed.

    `faults` of brackets and texts make it unreadable (`broken`), tabs do not. `depth` is how deep brackets nest.
    `bars` are the offsets of each `|` outside brackets and texts: they part the cells of a table.
    """

    start: int
    end: int
    next: int
    comment: Comment | None
    inner: tuple[Comment, ...]
    faults: tuple[Fault, ...]
    broken: bool
    depth: int
    bars: tuple[int, ...] = ()


def scan(text: str, start: int, indent: int) -> Scan:
    """Reads the logical line that begins at `start`, `indent` columns deep. Time is linear in its length."""
    return _Scanner(text, start, indent).run()


class _Scanner:
    def __init__(self, text: str, start: int, indent: int) -> None:
        self.text, self.start, self.indent = text, start, indent
        self.at = start
        self.open: list[tuple[str, int]] = []
        self.comments: list[Comment] = []
        self.faults: list[Fault] = []
        self.bars: list[int] = []
        self.broken = self.done = False
        self.depth = self.texts = 0
        self.goes_on_until = 0

    def run(self) -> Scan:
        while not self.done:
            inside = self.open[-1][0] if self.open else ""
            pattern = _TEXT if inside == '"' else _TRIPLE if inside == '"""' else _CODE
            found = pattern.search(self.text, self.at)
            self.at = found.end() if found else len(self.text)
            if found is None:
                self._finish()
            elif found.group() == "\n":
                self._newline()
            elif inside in _QUOTES:
                self._in_text(found.group(), found.start(), inside)
            else:
                self._in_code(found.group(), found.start())
        return self._result()

    def _in_text(self, mark: str, at: int, inside: str) -> None:
        if mark == "\\":
            self.at += 0 if self.text.startswith("\n", self.at) else 1
        elif mark == "{":
            self._push("{", at)
        elif mark == inside:
            self.open.pop()
            self.texts -= inside == '"'

    def _in_code(self, mark: str, at: int) -> None:
        if mark == "#":
            end = self.text.find("\n", at)
            self.at = end if end >= 0 else len(self.text)
            self.comments.append(Comment(at, at + len(self.text[at : self.at].rstrip(BLANKS))))
        elif mark == '"':
            self._quote(at)
        elif mark == "\t":
            self._tab(at)
        elif mark == "|":
            self._bar(at)
        elif mark in _CLOSER:
            self._push(mark, at)
        else:
            self._close(mark, at)

    def _quote(self, at: int) -> None:
        raw = _AFTER_MATCHES.search(self.text, max(self.start, at - 40), at) and _RAW.match(self.text, at)
        if raw:
            self.at = raw.end()
        elif self.text.startswith('"""', at):
            self.at = at + 3
            self._push('"""', at)
        else:
            self._push('"', at)

    def _push(self, mark: str, at: int) -> None:
        self.open.append((mark, at))
        self.texts += mark == '"'
        self.depth = max(self.depth, len(self.open))

    def _close(self, mark: str, at: int) -> None:
        opened = self.open[-1][0] if self.open else ""
        if _CLOSER.get(opened) == mark:
            self.open.pop()
        else:
            instead = f"; `{opened}` is open" if opened else ""
            self._break(Fault(CLOSES_NOTHING, at, at + 1, {"bracket": mark, "instead": instead}))

    def _bar(self, at: int) -> None:
        if not self.open:
            self.bars.append(at)

    def _tab(self, at: int) -> None:
        if not any(fault.code is TAB for fault in self.faults):
            self.faults.append(Fault(TAB, at, at + 1))

    def _break(self, fault: Fault) -> None:
        if not self.broken:
            self.faults.append(fault)
        self.broken = True

    def _newline(self) -> None:
        """Decides whether the logical line goes on after the line feed just read."""
        if not self.open:
            if self.at < self.goes_on_until:
                return
            on = _GOES_ON.match(self.text, self.at)
            if on and len(on.group(1)) > self.indent:
                self.goes_on_until = on.end()
            else:
                self._finish()
        elif self.texts or (self._stands_out() and not self._shallow()):
            self._finish()

    def _stands_out(self) -> bool:
        """Whether the next line is not deeper than this one: then what is open was forgotten."""
        found = _NEXT_LINE.match(self.text, self.at)
        blanks, head = found.groups() if found else ("", "")
        inside = self.open[-1][0]
        if not head.strip(BLANKS) or (head.startswith("#") and inside not in _QUOTES):
            return False
        closes = head.startswith('"""' if inside == '"""' else (")", "]", "}"))
        return len(blanks) < self.indent + (not closes)

    def _shallow(self) -> bool:
        """Whether what is open is closed on a line of its own that is as deep as this one: then it was not forgotten,
        but what it holds does not stand deep enough. The line goes on behind the closing mark.
        """
        closer = self.open[0][0] if self.open[0][0] in _QUOTES else _CLOSER[self.open[0][0]]
        closing = "\n" + " " * self.indent + closer
        if not self.indent or self.broken or self.text.find(closing, self.at - 1, self.at + _AHEAD) < 0:
            return False
        found = _Scanner(self.text[self.start : self.at + _AHEAD], 0, 0).run()
        end = self.start + found.end
        last = self.text.rfind("\n", self.start, end) + 1
        if found.broken or last <= self.at or not self.text.startswith(closing, last - 1):
            return False
        line = _NEXT_LINE.match(self.text, self.at)
        spaces = len(line.group(1)) if line else 0
        fields = {"spaces": str(spaces), "expected": str(self.indent + 2)}
        shallow = self.text[self.at : self.text.find("\n", self.at)].rstrip(BLANKS)
        self._break(Fault(INDENTATION, self.at + spaces, self.at + len(shallow), fields))
        self.at, self.open = end, []
        return True

    def _finish(self) -> None:
        self.done = True
        if not self.open:
            return
        mark, at = next((each for each in self.open if each[0] in _QUOTES), self.open[0])
        if mark in _QUOTES:
            self._break(Fault(TEXT_NOT_CLOSED, at, at + len(mark), {"quote": mark}))
        else:
            self._break(Fault(NOT_CLOSED, at, at + 1, {"bracket": mark}))

    def _result(self) -> Scan:
        text = self.text
        end = self.start + len(text[self.start : self.at].rstrip(BLANKS))
        last = self.comments[-1] if self.comments and self.comments[-1].end == end else None
        if last:
            end = self.start + len(text[self.start : last.start].rstrip(BLANKS))
        inner = tuple(self.comments[:-1] if last else self.comments)
        faults = tuple(self.faults)
        return Scan(self.start, end, self.at, last, inner, faults, self.broken, self.depth, tuple(self.bars))
