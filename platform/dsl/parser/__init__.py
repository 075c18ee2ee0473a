"""Text to syntax tree. `parse` is the door.

A file is cut at its declarations (`blocks`), a declaration into logical lines (`scanner`, `layout`), and each line is
read by the grammar (`engine`, `build_*`), so that one fault costs one line. lark is known to `engine` and `mistakes`.
"""

from __future__ import annotations

import msgspec

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import Decl, Module
from treadle.dsl.parser.blocks import Block


class Read(msgspec.Struct, frozen=True):
    """One block as a declaration; `sound` when nothing is wrong with it."""

    block: Block
    decl: Decl
    sound: bool


class Parsed(msgspec.Struct, frozen=True):
    """One file as a tree, and what could not be read in it, in the order of the text. `parts` are its declarations with
    their blocks.
    """

    module: Module
    diagnostics: tuple[Diagnostic, ...]
    parts: tuple[Read, ...] = ()


def parse(text: str, file: str = "<text>") -> Parsed:
    """The tree of a rule file. Never raises on any text: what cannot be read is in `diagnostics`.

    `file` is only for showing. Declarations that did not change since the last call come from a cache.
    """
    from treadle.dsl.parser.files import read_file

    return read_file(text, file)
