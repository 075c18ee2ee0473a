"""Collects the diagnostics of one file. The same finding at the same place is kept once."""

from __future__ import annotations

from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Diagnostic, Fix, TextEdit
from treadle.dsl.spans import Span
from treadle.dsl.spelling import suggest


class Desk:
    """Takes findings in any order; `found` is what was taken."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: dict[tuple[str, Span, str], Diagnostic] = {}

    def report(
        self, code: Code, span: Span, /, *, notes: tuple[str, ...] = (), fixes: tuple[Fix, ...] = (), **fields: object
    ) -> None:
        """Take a finding of a declared code."""
        made = code.at(self.file, span, notes=notes, fixes=fixes, **fields)
        self.found.setdefault((made.code, made.span, made.message), made)

    def misspelt(self, code: Code, span: Span, name: str, known: list[str], /, **fields: object) -> None:
        """Take a finding about a name that is none; a near one is offered as a note and a fix."""
        near = suggest(name, known)
        notes = (f"did you mean `{near}`?",) if near else _offer(known)
        fixes = (Fix(f"write `{near}`", (TextEdit(span.start, span.end, near),)),) if near else ()
        self.report(code, span, notes=notes, fixes=fixes, name=name, **fields)

    @property
    def has_errors(self) -> bool:
        """Whether anything but warnings was taken."""
        return any(each.severity == "error" for each in self.found.values())


def _offer(known: list[str]) -> tuple[str, ...]:
    if not known or len(known) > 12:
        return ()
    return ("there is " + ", ".join(f"`{name}`" for name in sorted(known)),)
