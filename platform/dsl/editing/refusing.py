"""How an operation says no: with a diagnostic, and nothing changed."""

from __future__ import annotations

from typing import Any

from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.spans import Span


class Refusal(Exception):
    """Raised inside of this package alone; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def refused(code: Code, file: str, span: Span, /, *, notes: tuple[str, ...] = (), **fields: Any) -> Refusal:
    """What to raise."""
    return Refusal(code.at(file, span, notes=notes, **fields))
