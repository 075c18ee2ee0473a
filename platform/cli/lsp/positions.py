"""Columns as clients count them (UTF-16 units, unless agreed otherwise) and as the language does (code points).

Owns open texts' changes: a client says them in its own columns. Lines end at line feeds alone, as in the language.
"""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from treadle.dsl.diagnostics import Position
from treadle.dsl.spans import Lines, Span


class Ruler:
    """One text, measured for a client whose columns count `encoding`: `utf-8`, `utf-16` or `utf-32` units."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text, self._encoding = text, encoding
        self._lines = text.split("\n")
        self._offsets = Lines(text)

    def position(self, at: types.Position) -> Position:
        """A client's place as the services take it."""
        return Position(at.line + 1, self._points(self._line(at.line), at.character) + 1)

    def offset(self, at: types.Position) -> int:
        """The offset of a client's place; one behind the text is taken for its end."""
        if at.line >= len(self._lines):
            return len(self.text)
        start = sum(len(line) + 1 for line in self._lines[: at.line])
        return start + self._points(self._lines[at.line], at.character)

    def place(self, line: int, col: int) -> types.Position:
        """A place of the language, both from 1, as the client counts."""
        return types.Position(line - 1, self._units(self._line(line - 1)[: col - 1]))

    def at(self, offset: int) -> types.Position:
        """The place of an offset."""
        return self.place(*self._offsets.at(offset))

    def range(self, span: Span) -> types.Range:
        """A stretch of the language."""
        return types.Range(self.place(span.line, span.col), self.place(span.end_line, span.end_col))

    def between(self, start: int, end: int) -> types.Range:
        """The stretch of two offsets."""
        return types.Range(self.at(start), self.at(end))

    def length(self, span: Span) -> int:
        """How many units a stretch on one line takes."""
        return self._units(self.text[span.start : span.end])

    def _line(self, number: int) -> str:
        return self._lines[number] if number < len(self._lines) else ""

    def _units(self, text: str) -> int:
        match self._encoding:
            case "utf-8":
                return len(text.encode(errors="surrogatepass"))
            case "utf-16":
                return len(text) + sum(letter > "\uffff" for letter in text)
        return len(text)

    def _points(self, line: str, units: int) -> int:
        """How many letters of a line begin before so many units."""
        if self._encoding == "utf-32" or line.isascii():
            return min(units, len(line))
        taken = 0
        for at, letter in enumerate(line):
            if taken >= units:
                return at
            taken += self._units(letter)
        return len(line)


Change = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument


def changed(text: str, changes: Iterable[Change], encoding: str) -> str:
    """A text after a client's changes, one after the other."""
    for change in changes:
        if isinstance(change, types.TextDocumentContentChangePartial):
            ruler = Ruler(text, encoding)
            start, end = ruler.offset(change.range.start), ruler.offset(change.range.end)
            text = text[:start] + change.text + text[max(start, end) :]
        else:
            text = change.text
    return text
