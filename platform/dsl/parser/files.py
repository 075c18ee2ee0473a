"""A whole file to a module: its declarations one by one, and why a file is not read at all."""

from __future__ import annotations

import re
from collections.abc import Callable

from treadle.dsl.declaration_codes import EDITION_LATE
from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.limit_codes import FILE_TOO_BIG, TOO_MANY_LINES, TOO_MANY_WORDS
from treadle.dsl.nodes import BrokenDecl, Decl, Edition, Module
from treadle.dsl.parser import Parsed, Read, limits
from treadle.dsl.parser.blocks import Block, cut
from treadle.dsl.parser.declarations import Declared, read_declaration
from treadle.dsl.parser.lines import has_more_tokens
from treadle.dsl.spans import NOWHERE, Lines
from treadle.dsl.syntax_codes import CLOSES_NOTHING, HALF_CHARACTER, NOT_CLOSED, TEXT_NOT_CLOSED, UNKNOWN_DECLARATION

_FOLLOWING = {UNKNOWN_DECLARATION.number, CLOSES_NOTHING.number, TEXT_NOT_CLOSED.number}
_HALF = re.compile("[\ud800-\udfff]")


Reader = Callable[[str, str, Block], Declared]
"""Gives the declaration of a block of text, in a file."""


def read_block(file: str, text: str, block: Block) -> Declared:
    """The declaration of a block."""
    return read_declaration(file, text, block.start, block.line)


def read_file(text: str, file: str, read: Reader = read_block) -> Parsed:
    """The file with its diagnostics in the order of the text."""
    if found := unreadable(text, file):
        return Parsed(Module(file=file, text=text, decls=()), (found,))
    parts: list[Read] = []
    diagnostics: list[Diagnostic] = []
    open_text = False
    for block in cut(text):
        declared = read(file, text[block.start : block.end], block)
        parts.append(Read(block, declared.decl, not declared.diagnostics))
        if open_text and _follows(declared.decl, declared.diagnostics):
            continue
        if text[block.start] in ")]}" and diagnostics and diagnostics[-1].code == NOT_CLOSED.number:
            diagnostics.pop()  # the bracket is closed after all, in a column where it cannot be
        open_text = any(each.code == TEXT_NOT_CLOSED.number for each in declared.diagnostics)
        diagnostics += declared.diagnostics
        if isinstance(declared.decl, Edition) and len(parts) > 1:
            diagnostics.append(EDITION_LATE.at(file, declared.decl.span))
    module = Module(file=file, text=text, decls=tuple([each.decl for each in parts]))
    return Parsed(module, tuple(diagnostics), tuple(parts))


def unreadable(text: str, file: str) -> Diagnostic | None:
    """Why a file is not read at all: it is too big, or cannot be stored."""
    if len(text) > limits.FILE_CHARACTERS:
        return FILE_TOO_BIG.at(file, NOWHERE, size=len(text), limit=limits.FILE_CHARACTERS)
    lines = text.count("\n") + 1
    if lines > limits.FILE_LINES:
        return TOO_MANY_LINES.at(file, NOWHERE, lines=lines, limit=limits.FILE_LINES)
    if has_more_tokens(text, limits.FILE_TOKENS):
        return TOO_MANY_WORDS.at(file, NOWHERE, limit=limits.FILE_TOKENS)
    half = None if text.isascii() else _HALF.search(text)
    if half is not None:
        return HALF_CHARACTER.at(file, Lines(text).span(*half.span()), found=f"U+{ord(half[0]):04X}")
    return None


def _follows(decl: Decl, diagnostics: tuple[Diagnostic, ...]) -> bool:
    """Whether a block is only the rest of a text that was never closed, which is reported already."""
    return isinstance(decl, BrokenDecl) and all(each.code in _FOLLOWING for each in diagnostics)
