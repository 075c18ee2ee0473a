"""The one desk for what is wrong with a rule file.

Owns the shape of a diagnostic and how one is shown. The codes and their texts are declared in `codes.py`; passes make
diagnostics only through a declared code, so that wording stays even and each code has its page.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.spans import Span

Severity = Literal["error", "warning"]


class TextEdit(msgspec.Struct, frozen=True):
    """Replace the stretch `start` to `end` (offsets in characters) by `text`."""

    start: int
    end: int
    text: str


class Fix(msgspec.Struct, frozen=True):
    """A change that a machine can apply; `title` says it in the imperative."""

    title: str
    edits: tuple[TextEdit, ...]


class Diagnostic(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: `code` is stable for ever, `message` one sentence in the user's words, `notes` help further."""

    code: str
    severity: Severity
    message: str
    file: str
    span: Span
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()


class Position(msgspec.Struct, frozen=True):
    """A place as editors count, both from 1."""

    line: int
    col: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnostic as `--json` and the API give it."""

    code: str
    severity: Severity
    message: str
    file: str
    start: Position
    end: Position
    notes: tuple[str, ...]
    fixes: tuple[Fix, ...]


def report(found: Diagnostic) -> Report:
    """The public form."""
    span = found.span
    return Report(
        code=found.code,
        severity=found.severity,
        message=found.message,
        file=found.file,
        start=Position(span.line, span.col),
        end=Position(span.end_line, span.end_col),
        notes=found.notes,
        fixes=found.fixes,
    )


def _line_at(text: str, offset: int) -> str:
    """The line that an offset lies in."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : end if end >= 0 else len(text)].rstrip("\r")


def render(found: Diagnostic, text: str) -> str:
    """The diagnostic for a terminal: cause, place, the line with the span underlined, notes and fixes."""
    span, line = found.span, _line_at(text, found.span.start)
    until = span.end_col if span.end_line == span.line else len(line) + 1
    gutter = " " * len(str(span.line))
    shown = [
        f"{found.severity}[{found.code}]: {found.message}",
        f"{gutter}--> {found.file}:{span.line}:{span.col}",
        f"{gutter} |",
        f"{span.line} | {line}",
        f"{gutter} | {' ' * (span.col - 1)}{'^' * max(until - span.col, 1)}",
    ]
    shown += [f"{gutter} = {note}" for note in found.notes]
    shown += [f"{gutter} = fix: {fix.title}" for fix in found.fixes]
    return "\n".join(shown)
