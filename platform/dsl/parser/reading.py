"""What is known while one declaration is read: its text, its place in the file, the ids given, what was found wrong.

Owns the state of one reading, and with it the only changing thing in this package.
"""

from __future__ import annotations

from typing import Any

from treadle.dsl.codes import Code
from treadle.dsl.diagnostics import Diagnostic, Fix, TextEdit
from treadle.dsl.nodes import Ident
from treadle.dsl.parser.words import RESERVED
from treadle.dsl.spans import Lines, Span
from treadle.dsl.syntax_codes import RESERVED as RESERVED_WORD


class Reading:
    """One declaration. `text` is its block alone; `offset` and `line` say where the block begins in the file.

    Offsets given to the methods count from the block's start; spans are those of the file. `ids` counts the nodes.
    """

    def __init__(self, file: str, text: str, offset: int, line: int) -> None:
        self.file, self.text, self.offset = file, text, offset
        self.lines = Lines(text, offset, line)
        self.diagnostics: list[Diagnostic] = []
        self.ids = 0

    def next_id(self) -> int:
        """A new node's id."""
        self.ids += 1
        return self.ids - 1

    def mark(self) -> tuple[int, int]:
        """Where the reading stands, for `back`."""
        return self.ids, len(self.diagnostics)

    def back(self, mark: tuple[int, int]) -> None:
        """As if nothing was read since the mark."""
        self.ids = mark[0]
        del self.diagnostics[mark[1] :]

    def span(self, start: int, end: int) -> Span:
        """The stretch of the file from `start` to `end` of the block."""
        return self.lines.span(start, end)

    def report(
        self,
        code: Code,
        start: int,
        end: int,
        /,
        *,
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
        **fields: Any,
    ) -> None:
        """Adds a diagnostic."""
        self.diagnostics.append(code.at(self.file, self.span(start, end), notes=notes, fixes=fixes, **fields))

    def fix(self, title: str, start: int, end: int, text: str) -> Fix:
        """A fix that replaces one stretch of the block."""
        return Fix(title, (TextEdit(start + self.offset, end + self.offset, text),))

    def ident(self, word: str, start: int, *, binds: bool = False) -> Ident:
        """A name as a node; one that `binds` a value must be no reserved word, which is reported."""
        end = start + len(word)
        if binds and word in RESERVED:
            self.report(RESERVED_WORD, start, end, word=word)
        return Ident(id=self.next_id(), span=self.span(start, end), text=word)
