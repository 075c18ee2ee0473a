"""Reading a file of which an older text is known: a declaration that stands in both is moved, not read again."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from treadle.dsl.moving import moved
from treadle.dsl.nodes import Decl
from treadle.dsl.parser import Parsed, Read
from treadle.dsl.parser.blocks import Block
from treadle.dsl.parser.declarations import Declared
from treadle.dsl.parser.files import read_block, read_file


class Moved(msgspec.Struct, frozen=True):
    """A declaration that stands `by` characters and `lines` lines further on than it did."""

    before: Decl
    decl: Decl
    by: int
    lines: int


def read_again(text: str, before: Parsed) -> tuple[Parsed, tuple[Moved, ...]]:
    """The tree of a file's new text, the same as `parse` gives, and what is moved in it."""
    known = _Known(before)
    return read_file(text, before.module.file, known.read), tuple(known.moves)


class _Known:
    """The declarations of the older text, by their own; of equal ones the first is taken first.

    One with a diagnostic is read again where it stands elsewhere: what is said may name a line.
    """

    def __init__(self, before: Parsed) -> None:
        self.moves: list[Moved] = []
        self._parts = defaultdict[str, list[Read]](list)
        text = before.module.text
        for part in reversed(before.parts):
            if part.sound:
                self._parts[text[part.block.start : part.block.end]].append(part)

    def read(self, file: str, text: str, block: Block) -> Declared:
        parts = self._parts.get(text)
        if not parts:
            return read_block(file, text, block)
        found = parts.pop()
        by, lines = block.start - found.block.start, block.line - found.block.line
        if not by and not lines:
            return Declared(found.decl, ())
        move = Moved(found.decl, moved(found.decl, by, lines), by, lines)
        self.moves.append(move)
        return Declared(move.decl, ())
