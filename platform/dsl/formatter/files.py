"""A whole file in canonical form: its declarations, and the comments and blank lines between them."""

from __future__ import annotations

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.formatter.blocks import BlockPrinter
from treadle.dsl.formatter.proof import same
from treadle.dsl.nodes import AgentDecl, CalendarDecl, Decl, EventDecl, RuleDecl, SequenceDecl, TableDecl, TestDecl
from treadle.dsl.parser import parse
from treadle.dsl.parser.blocks import BOM, Block, cut
from treadle.dsl.parser.declarations import read_declaration
from treadle.dsl.parser.files import unreadable
from treadle.dsl.parser.layout import arrange

_APART = {RuleDecl, SequenceDecl, TableDecl, EventDecl, AgentDecl, CalendarDecl, TestDecl}


def canonical(text: str, file: str) -> tuple[str, tuple[Diagnostic, ...]]:
    """The text and the diagnostics of reading it. Line ends become `\\r\\n` where all were, else `\\n`."""
    diagnostics = parse(text, file).diagnostics
    if unreadable(text, file):
        return text, diagnostics
    newline = "\r\n" if 0 < text.count("\n") == text.count("\r\n") else "\n"
    shown: list[str] = []
    before: Decl | None = None
    end = 0
    for block in cut(text):
        decl, printed = _declaration(text[block.start : block.end], block, file)
        gap = _lines(text[end : block.start], first=before is None)
        if before is not None and "" not in gap and _APART & {type(decl), type(before)}:
            gap.insert(0, "")
        shown += [line + newline for line in gap]
        shown.append(printed.replace("\n", newline) if printed else text[block.start : block.end])
        before, end = decl, block.end
    tail = "\n".join(_lines(text[end:], first=before is None)).rstrip("\n")
    shown += [line + newline for line in tail.split("\n")] if tail else []
    return _ended("".join(shown), newline), diagnostics


def _declaration(text: str, place: Block, file: str) -> tuple[Decl, str | None]:
    """The declaration of a block and its canonical text, None where it has to stay as it is."""
    declared = read_declaration(file, text, place.start, place.line)
    if declared.diagnostics:
        return declared.decl, None
    printed = BlockPrinter(text, place.start, declared.decl).print(arrange(text))
    return declared.decl, printed if same(declared.decl, text, printed) else None


def _ended(text: str, newline: str) -> str:
    return text if not text or text.endswith("\n") else text + newline


def _lines(gap: str, *, first: bool) -> list[str]:
    """Comments as they are and at most one blank line at a time, none at the beginning of the file."""
    lines: list[str] = []
    for line in gap.replace(BOM, "").removesuffix("\n").split("\n") if gap else ():
        stripped = line.rstrip(" \t\r")
        if stripped or (lines[-1] if lines else not first):
            lines.append(stripped)
    return lines
