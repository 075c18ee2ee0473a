"""Indentation to a tree of logical lines, for one declaration. Owns blocks by indentation; reads no words.

The trees that `lark`'s own indenter would give a grammar hide a broken line's neighbours: one token that does not fit
and the rest of the declaration is lost. With the lines told apart first, each is read alone and a fault costs one line.
"""

from __future__ import annotations

import re

import msgspec

from treadle.dsl.limit_codes import BLOCKS_TOO_DEEP
from treadle.dsl.parser import limits
from treadle.dsl.parser.scanner import BLANKS, Comment, Fault, Scan, scan
from treadle.dsl.syntax_codes import INDENTATION, TAB

_INDENTATION = re.compile(r"[ \t]*")


class Aside(msgspec.Struct, frozen=True):
    """A comment on a line of its own; `blank` when an empty line stands before it."""

    comment: Comment
    blank: bool


class Line(msgspec.Struct):
    """A logical line, what stands before it, and the lines that stand deeper under it.

    `before` are the comments above it, `after` those that follow its block and still stand deeper; `blank` when an
    empty line stands right before it. `faults` are to be reported.
    """

    scan: Scan
    indent: int
    before: tuple[Aside, ...] = ()
    after: list[Aside] = []
    blank: bool = False
    children: list[Line] = []
    faults: list[Fault] = []

    @property
    def last(self) -> int:
        """The offset after the code of the last line of its block."""
        line = self
        while line.children:
            line = line.children[-1]
        return line.scan.end


def arrange(text: str) -> Line:
    """The logical line that the block begins with, all others under it."""
    arranger = _Arranger(text)
    arranger.run()
    return arranger.stack[0]


class _Arranger:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.stack: list[Line] = []
        self.asides: list[tuple[int, Aside]] = []
        self.blank = False

    def run(self) -> None:
        while self.at < len(self.text):
            found = _INDENTATION.match(self.text, self.at)
            start = found.end() if found else self.at
            indent = _columns(self.text[self.at : start])
            end = self.text.find("\n", start)
            end = len(self.text) if end < 0 else end
            rest = self.text[start:end].rstrip(BLANKS)
            if not rest:
                self.blank = True
            elif rest.startswith("#"):
                self.asides.append((indent, Aside(Comment(start, start + len(rest)), self.blank)))
                self.blank = False
            else:
                end = self._line(start, indent) - 1
            self.at = end + 1
        self._give_back(-1)

    def _line(self, start: int, indent: int) -> int:
        found = scan(self.text, start, indent)
        faults = [*found.faults]
        tab = self.text.find("\t", self.at, start)
        if tab >= 0:
            faults = [Fault(TAB, tab, tab + 1), *(each for each in faults if each.code is not TAB)]
        self._give_back(indent)
        before = tuple(aside for _, aside in self.asides)
        line = Line(found, indent, before, [], self.blank, [], faults)
        self.asides, self.blank = [], False
        self._place(line)
        return found.next if self.text.endswith("\n", 0, found.next) else found.next + 1

    def _give_back(self, indent: int) -> None:
        """Comments that stand deeper than the coming line end the block that they stand in."""
        kept: list[tuple[int, Aside]] = []
        for depth, aside in self.asides:
            owner = next((line for line in reversed(self.stack) if line.indent <= depth), None)
            if owner and owner.indent >= indent and depth > indent and not kept:
                owner.after.append(aside)
            else:
                kept.append((depth, aside))
        self.asides = kept

    def _place(self, line: Line) -> None:
        while len(self.stack) > 1 and self.stack[-1].indent >= line.indent:
            self.stack.pop()
        if not self.stack and line.indent and not line.faults:
            line.faults.append(_indented(line, 0))
        if self.stack:
            parent = self.stack[-1]
            siblings = parent.children
            if siblings and siblings[0].indent != line.indent:
                line.faults.append(_indented(line, siblings[0].indent))
            if len(self.stack) > limits.BLOCK_DEPTH:
                self._refuse(parent, line)
                return
            siblings.append(line)
        self.stack.append(line)

    def _refuse(self, parent: Line, line: Line) -> None:
        if not any(fault.code is BLOCKS_TOO_DEEP for fault in parent.faults):
            fields = {"limit": str(limits.BLOCK_DEPTH)}
            parent.faults.append(Fault(BLOCKS_TOO_DEEP, line.scan.start, line.scan.end, fields))


def _indented(line: Line, expected: int) -> Fault:
    fields = {"spaces": str(line.indent), "expected": str(expected)}
    return Fault(INDENTATION, line.scan.start, line.scan.end, fields)


def _columns(blanks: str) -> int:
    """A tab counts for two spaces, so that a file indented by tabs is still told apart and gets one fault a line."""
    return len(blanks) + blanks.count("\t")
