"""Text to syntax tree. `parse` is the door; lark is known to `engine.py` and `mistakes.py` alone."""

from __future__ import annotations

import msgspec

from treadle.dsl.diagnostics import Diagnostic
from treadle.dsl.nodes import Module


class Parsed(msgspec.Struct, frozen=True):
    """One file as a tree, and what could not be read in it, in the order of the text."""

    module: Module
    diagnostics: tuple[Diagnostic, ...]
