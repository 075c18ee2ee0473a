"""Text to syntax tree. `parse` is the door.

A file is cut at its declarations (`blocks`), a declaration into logical lines (`scanner`, `layout`), and each line is
read by the grammar (`engine`, `build_*`), so that one fault costs one line. lark is known to `engine` and `mistakes`.
"""

from __future__ import annotations

import msgspec

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import Module


class Parsed(msgspec.Struct, frozen=True):
    """One file as a tree, and what could not be read in it, in the order of the text."""

    module: Module
    diagnostics: tuple[Diagnostic, ...]


def parse(text: str, file: str = "<text>") -> Parsed:
    """The tree of a rule file. Never raises on any text: what cannot be read is in `diagnostics`.

    `file` is only for showing. Declarations that did not change since the last call come from a cache.
    """
    from treadle.dsl.parser.files import read_file

    module, diagnostics = read_file(text, file)
    return Parsed(module, diagnostics)
