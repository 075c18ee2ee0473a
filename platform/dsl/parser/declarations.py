"""One block to one declaration: its head, its clauses, its steps.

Owns recovery: a broken head, clause or step is reported where it stands, and everything around it is read all the same.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from treadle.dsl.declaration_codes import NOT_SHARED
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import BrokenClause, BrokenDecl, BrokenLine, Clause, Decl, Step
from treadle.dsl.parser import constructs, engine, habits, words
from treadle.dsl.parser.layout import Line, arrange
from treadle.dsl.parser.lines import code_of, ident_at, read_line, refuse_block, report_faults
from treadle.dsl.parser.members import read_members
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.steps import read_steps
from treadle.dsl.parser.tables import read_table
from treadle.dsl.spelling import did_you_mean
from treadle.dsl.syntax_codes import (
    BLOCK_MISSING,
    CLOSES_NOTHING,
    DO_MISSING,
    DO_TWICE,
    ENDS_EARLY,
    UNEXPECTED,
    UNKNOWN_CLAUSE,
    UNKNOWN_DECLARATION,
)

_OWNERS = ("rule", "sequence")
_SHAREABLE = ("use", "let", "function", "table")
_SHARED = re.compile(r"shared\s+")
_ANY_SHARED = "`use`, `let`, `function` or `table`"
_FIELDS = {"event": "fields", "agent": "lines", "calendar": "lines", "test": "lines"}
_IN_FIRST_COLUMN = " in the first column, where a declaration begins; let it stand deeper"
_UNDER_DO = "steps stand on lines of their own under `do`"
_DO = re.compile(r"do\b(?! *=(?!=))")


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
    return _shared(line, code, reading) if word == "shared" else _known(line, word, reading)


def _known(line: Line, word: str, reading: Reading, skip: int = 0) -> Decl:
    """The declaration that begins with `word`, `skip` characters into the line."""
    if word not in engine.HEADS:
        return _unknown(line, word, reading)
    node = read_line(line, word, reading, skip) if report_faults(line, reading) else None
    if word in _OWNERS:
        return _owner(line, word, node, reading)
    if word == "table":
        node = read_table(line, node, reading)
    elif word in _FIELDS:
        node = _with_members(line, word, node, reading)
    else:
        refuse_block(line, reading)
    return node if node is not None else _broken(line, word, reading, skip)


def _with_members(line: Line, word: str, head: Any, reading: Reading) -> Any:
    """The declaration with its lines; None when its head is broken, or a field that others may ask for."""
    members = read_members(line, word, reading)
    if head is None or (word == "event" and any(isinstance(each, BrokenLine) for each in members)):
        return None
    span = reading.span(line.scan.start, line.last)
    return msgspec.structs.replace(head, **{_FIELDS[word]: members}, span=span)


def _shared(line: Line, code: str, reading: Reading) -> Decl:
    found = _SHARED.match(code)
    skip, start = found.end() if found else len(code), line.scan.start
    word = constructs.first_word(code[skip:])
    if word in _SHAREABLE:
        decl: Any = _known(line, word, reading, skip)
        if isinstance(decl, BrokenDecl):
            return decl
        return msgspec.structs.replace(decl, shared=True, span=reading.span(start, decl.span.end - reading.offset))  # type: ignore[no-any-return]
    if word in engine.HEADS:
        fix = reading.fix("leave `shared` out", start, start + skip, "")
        reading.report(NOT_SHARED, start, start + len("shared"), fixes=(fix,), word=word)
        return _known(line, word, reading, skip)
    if word:
        notes = did_you_mean(word, _SHAREABLE)
        reading.report(
            UNEXPECTED, start + skip, start + skip + len(word), notes=notes, found=word, expected=_ANY_SHARED
        )
    else:
        reading.report(ENDS_EARLY, start + skip, start + skip, expected=_ANY_SHARED)
    return _broken(line, "shared", reading, skip)


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


def _broken(line: Line, word: str, reading: Reading, skip: int = 0) -> BrokenDecl:
    name = constructs.declared(code_of(line, reading)[skip:])
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
    return constructs.first_word(code) in words.STEPS and not constructs.clause(code)


def _clause(line: Line, code: str, owner: str, reading: Reading) -> Clause:
    readable = report_faults(line, reading)
    word, start = constructs.first_word(code), line.scan.start
    rule = constructs.clause(code)
    if rule is None and readable:
        _report_unknown(line, word, owner, reading)
    node: Clause | None = read_line(line, rule, reading) if rule and readable else None
    refuse_block(line, reading)
    if node is None:
        name = ident_at(constructs.bound(code), line, reading)
        return BrokenClause(id=reading.next_id(), span=reading.span(start, line.last), keyword=word, name=name)
    return node


def _report_unknown(line: Line, word: str, owner: str, reading: Reading) -> None:
    start = line.scan.start
    misplaced = word in words.STEPS or word == "do"
    habit = habits.CLAUSES.get(word)
    notes = (habit,) if habit else (_UNDER_DO,) if misplaced else did_you_mean(word, words.CLAUSES)
    reading.report(UNKNOWN_CLAUSE, start, start + len(word), notes=notes, word=words.visible(word), owner=owner)
