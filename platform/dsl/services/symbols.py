"""What a name in a text stands for, as a value that is equal wherever the same thing is meant."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes
from treadle.dsl.services.shapes import SymbolKind
from treadle.dsl.spans import Span

RENAMED = frozenset(
    ("local", "let", "function", "use", "rule", "sequence", "event", "agent", "calendar", "limit", "label", "test")
)
"""The kinds that a file gives a name to; fields are another's, or data, but for those of our own events."""
QUOTED = frozenset(("rule", "sequence", "limit", "test"))
"""The kinds whose names are written as texts."""


class Symbol(msgspec.Struct, frozen=True):
    """`home` is the file that gives the name, None when it is the same in all; `owner` the declaration, the record or
    the action that it belongs to; `region` where the part of the declaration begins that knows the name.
    """

    kind: SymbolKind
    name: str
    home: str | None = None
    owner: str = ""
    region: int = -1


class Occurrence(msgspec.Struct, frozen=True):
    """A place where a symbol is written. `node` is the id of the tree's node that carries the type, if one does.

    `implied` when the name stands there for another word: `use kommo` gives the name `kommo`.
    """

    symbol: Symbol
    span: Span
    declares: bool = False
    node: int = -1
    implied: bool = False


def arguments(args: tuple[nodes.Argument, ...], owner: str) -> Iterator[Occurrence]:
    """Named arguments of what a plugin declares."""
    for arg in args:
        if arg.name is not None:
            yield Occurrence(Symbol("field", arg.name.text, owner=f"{owner}()"), arg.name.span, node=arg.id)


def parameters(args: tuple[nodes.Argument, ...], file: str, owner: str) -> Iterator[Occurrence]:
    """Named arguments of what a file declares: they are its parameters."""
    for arg in args:
        if arg.name is not None:
            yield Occurrence(Symbol("local", arg.name.text, file, owner), arg.name.span, node=arg.id)
