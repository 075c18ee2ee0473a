"""The names that declarations give, as symbols: those of a file, and those that all files see."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker import FileScope
from treadle.dsl.services.shapes import SymbolKind
from treadle.dsl.services.symbols import Occurrence, Symbol

KINDS: dict[type, SymbolKind] = {
    nodes.Let: "let",
    nodes.FunctionDecl: "function",
    nodes.TableDecl: "function",
    nodes.EventDecl: "event",
    nodes.AgentDecl: "agent",
    nodes.CalendarDecl: "calendar",
    nodes.RuleDecl: "rule",
    nodes.SequenceDecl: "sequence",
    nodes.LimitDecl: "limit",
    nodes.TestDecl: "test",
}
_OF_THE_FILE = ("let", "function", "test")


def name_of(decl: nodes.Decl) -> nodes.Ident | nodes.Constant | None:
    """The node that names the declaration; None for one that has no name."""
    match decl:
        case nodes.Edition() | nodes.BrokenDecl():
            return None
        case nodes.Use(plugin=plugin, alias=alias):
            return alias or plugin
    return decl.name


def written(name: nodes.Ident | nodes.Constant) -> str:
    """The name without quotes."""
    return name.text if isinstance(name, nodes.Ident) else str(name.value)


def declared(scope: FileScope, decl: nodes.Decl) -> Iterator[Occurrence]:
    """What a declaration declares."""
    name = name_of(decl)
    if isinstance(decl, nodes.Use) and name is not None:
        yield Occurrence(Symbol("plugin", decl.plugin.text), decl.plugin.span)
        symbol = Symbol("use", written(name), scope.home(written(name)).file)
        yield Occurrence(symbol, name.span, declares=True, implied=decl.alias is None)
    elif name is not None:
        kind = KINDS[decl.__class__]
        symbol = Symbol(kind, written(name), scope.file if kind in _OF_THE_FILE else None)
        yield Occurrence(symbol, name.span, declares=True)
    if isinstance(decl, nodes.EventDecl):
        for field in decl.fields:
            yield Occurrence(Symbol("field", field.name.text, owner=decl.name.text), field.name.span, declares=True)
