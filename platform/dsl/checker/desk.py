"""Collects the diagnostics of one file. The same finding at the same place is kept once."""

from __future__ import annotations

from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Diagnostic, Fix, TextEdit
from treadle.dsl.spans import Span
from treadle.dsl.spelling import suggest

_COMPARISONS = 50_000  # of names in one file, in search of near ones: about half a second


class Guesses:
    """How many names may still be compared in search of what was meant: a file of wrong names ends in time."""

    def __init__(self) -> None:
        self._left = _COMPARISONS

    @property
    def open(self) -> bool:
        """Whether names may still be compared; when not, nobody needs to collect them."""
        return self._left >= 0

    def near(self, name: str, known: list[str]) -> str | None:
        """The name that was meant, as far as there is one and it may still be looked for."""
        return suggest(name, known) if self.may(len(known)) else None

    def may(self, count: int) -> bool:
        """Whether so many names may still be compared; they are counted."""
        self._left -= count
        return self._left >= 0


class Desk:
    """Takes findings in any order; `found` is what was taken. Desks of one file share their `guesses`."""

    def __init__(self, file: str, guesses: Guesses | None = None) -> None:
        self.file = file
        self.guesses = guesses or Guesses()
        self.found: dict[tuple[str, Span, str], Diagnostic] = {}

    def report(
        self, code: Code, span: Span, /, *, notes: tuple[str, ...] = (), fixes: tuple[Fix, ...] = (), **fields: object
    ) -> None:
        """Take a finding of a declared code."""
        made = code.at(self.file, span, notes=notes, fixes=fixes, **fields)
        self.found.setdefault((made.code, made.span, made.message), made)

    def misspelt(self, code: Code, span: Span, name: str, known: list[str], /, **fields: object) -> None:
        """Take a finding about a name that is none; a near one is offered as a note and a fix."""
        near = self.guesses.near(name, known)
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
