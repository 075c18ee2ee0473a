"""The canonical form of a rule file. No options; formatting twice changes nothing.

A declaration that is broken is left byte for byte as it is, and so is one for which the formatter cannot prove that its
tree and its comments stay the same.
"""

from __future__ import annotations

import msgspec

from treadle.dsl.diagnostics import Diagnostic


class Formatted(msgspec.Struct, frozen=True):
    """The canonical text, and what could not be read in the text given (what it is about was left alone)."""

    text: str
    diagnostics: tuple[Diagnostic, ...]


def format_text(text: str, file: str = "<text>") -> Formatted:
    """The file in canonical form. Never raises on any text."""
    from treadle.dsl.formatter.files import canonical

    shown, diagnostics = canonical(text, file)
    return Formatted(shown, diagnostics)
