"""One block to one declaration: its head, its clauses, its steps.

Owns recovery: a broken head, clause or step is reported where it stands, and everything around it is read all the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import BrokenClause, BrokenDecl, Clause, Decl, LaterClause, LaterDecl, Step
from treadle.dsl.parser import constructs, habits, words
from treadle.dsl.parser.layout import Line, arrange
from treadle.dsl.parser.lines import code_of, ident_at, read_line, refuse_block, report_faults
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.steps import read_steps
from treadle.dsl.spelling import did_you_mean
from treadle.dsl.syntax_codes import (
    BLOCK_MISSING,
    CLOSES_NOTHING,
    DO_MISSING,
    DO_TWICE,
    UNEXPECTED,
    UNKNOWN_CLAUSE,
    UNKNOWN_DECLARATION,
)

_HEADS = ("edition", "use", "let", "function", "rule", "sequence")
_OWNERS = ("rule", "sequence")
_IN_FIRST_COLUMN = " in the first column, where a declaration begins; let it stand deeper"
_UNDER_DO = "steps stand on lines of their own under `do`"
_DO = re.compile(r"do\b(?! *=(?!=))")
_CLAUSES = {"when": "when", "where": "where", "once": "once"}


class Declared(msgspec.Struct, frozen=True):
    """A declaration and what is wrong in it, in the order of the text."""

    decl: Decl
    diagnostics: tuple[Diagnostic, ...]


@lru_cache(maxsize=2_048)
def read_declaration(file: str, text: str, offset: int, line: int) -> Declared:
    """The declaration of one block. Cached by the block's text and place, so that an edit reads little anew."""
    reading = Reading(file, text, offset, line)
    decl = _declaration(arrange(text), reading)
    found = sorted(reading.diagnostics, key=lambda each: (each.span.start, each.span.end))
    return Declared(decl, tuple(found))


def _declaration(line: Line, reading: Reading) -> Decl:
    code = code_of(line, reading)
    word = constructs.first_word(code)
    if later := constructs.known(code, constructs.DECLARATIONS):
        reading.report(later.code, line.scan.start, line.scan.start + len(word))
        span = reading.span(line.scan.start, line.last)
        name = constructs.declared(code)
        return LaterDecl(id=reading.next_id(), span=span, construct=later.construct, name=name)
    if word not in _HEADS:
        return _unknown(line, word, reading)
    node = read_line(line, word, reading) if report_faults(line, reading) else None
    if word in _OWNERS:
        return _owner(line, word, node, reading)
    refuse_block(line, reading)
    return node if node is not None else _broken(line, word, reading)


def _unknown(line: Line, word: str, reading: Reading) -> BrokenDecl:
    start = line.scan.start
    if word in (")", "]", "}"):
        reading.report(CLOSES_NOTHING, start, start + 1, bracket=word, instead=_IN_FIRST_COLUMN)
    else:
        reading.report(
            UNKNOWN_DECLARATION, start, start + len(word), notes=_declaration_notes(word), word=words.visible(word)
        )
    return _broken(line, word, reading)


def _declaration_notes(word: str) -> tuple[str, ...]:
    if word in words.CLAUSES or word in words.STEPS:
        return ("what belongs to a rule stands deeper than the rule",)
    ours = habits.DECLARATIONS.get(word)
    return (f"did you mean `{ours}`?",) if ours else did_you_mean(word, words.DECLARATIONS)


def _broken(line: Line, word: str, reading: Reading) -> BrokenDecl:
    name = constructs.declared(code_of(line, reading))
    span = reading.span(line.scan.start, line.last)
    return BrokenDecl(id=reading.next_id(), span=span, keyword=word, name=name)


def _owner(line: Line, word: str, head: Any, reading: Reading) -> Decl:
    """A rule or a sequence. What stands under a broken head is read for its faults alone."""
    clauses: list[Clause] = []
    body: tuple[Step, ...] | None = None
    for child in line.children:
        code = code_of(child, reading)
        if _DO.match(code):
            body = _do(child, word, body, reading)
        else:
            clauses.append(_clause(child, code, word, reading))
    if body is None and not any(_is_step(code_of(child, reading)) for child in line.children):
        reading.report(DO_MISSING, line.scan.start, line.scan.end, owner=word)
    if head is None:
        return _broken(line, word, reading)
    span = reading.span(line.scan.start, line.last)
    return msgspec.structs.replace(head, clauses=tuple(clauses), body=body or (), span=span)  # type: ignore[no-any-return]


def _do(line: Line, owner: str, before: tuple[Step, ...] | None, reading: Reading) -> tuple[Step, ...]:
    report_faults(line, reading)
    _nothing_behind_do(line, reading)
    if before:
        reading.report(DO_TWICE, line.scan.start, line.scan.end, owner=owner)
    elif not line.children and code_of(line, reading) in ("do", "do:"):
        reading.report(BLOCK_MISSING, line.scan.start, line.scan.end, owner="do")
    return (*(before or ()), *read_steps(line.children, reading))


def _nothing_behind_do(line: Line, reading: Reading) -> None:
    """Reports what stands behind `do` on its line."""
    rest = code_of(line, reading)[2:].lstrip()
    if rest:
        found = re.match(r"\w+|.", rest)
        start, sign = line.scan.end - len(rest), found.group() if found else rest
        note = "no colon: the steps stand deeper under `do`" if sign == ":" else _UNDER_DO
        end = start + len(sign)
        reading.report(UNEXPECTED, start, end, notes=(note,), found=sign, expected="the end of the line")


def _is_step(code: str) -> bool:
    """Whether the line is a step that lacks its `do`, which is reported where it stands."""
    return constructs.first_word(code) in words.STEPS and not constructs.known(code, constructs.CLAUSES)


def _clause(line: Line, code: str, owner: str, reading: Reading) -> Clause:
    readable = report_faults(line, reading)
    start = line.scan.start
    if later := constructs.known(code, constructs.CLAUSES):
        shown = later.begins.match(code)
        reading.report(later.code, start, start + (shown.end() if shown else len(code)))
        name = ident_at(
            constructs.bound(code) if code.startswith(("when", "after")) else None, line, reading, binds=True
        )
        return LaterClause(
            id=reading.next_id(), span=reading.span(start, line.last), construct=later.construct, name=name
        )
    word = constructs.first_word(code)
    rule = _CLAUSES.get(word)
    if rule is None:
        _report_unknown(line, word, owner, reading)
    refuse_block(line, reading)
    node: Clause | None = read_line(line, rule, reading) if rule and readable else None
    if node is None:
        name = ident_at(constructs.bound(code), line, reading)
        return BrokenClause(id=reading.next_id(), span=reading.span(start, line.last), keyword=word, name=name)
    return node


def _report_unknown(line: Line, word: str, owner: str, reading: Reading) -> None:
    start = line.scan.start
    misplaced = word in words.STEPS or word == "do"
    notes = (_UNDER_DO,) if misplaced else did_you_mean(word, words.CLAUSES)
    reading.report(UNKNOWN_CLAUSE, start, start + len(word), notes=notes, word=words.visible(word), owner=owner)
