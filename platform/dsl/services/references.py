"""Where a name is declared and where it is used, in all files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.services.binding import owner_of
from treadle.dsl.services.occurrences import occurrences
from treadle.dsl.services.shapes import Location
from treadle.dsl.services.symbols import Occurrence, Symbol
from treadle.dsl.services.trees import walk
from treadle.dsl.services.views import View

_BROKEN = (nodes.BrokenDecl, nodes.BrokenClause, nodes.BrokenLine, nodes.BrokenStep, nodes.BrokenCell)


def occurrence_at(view: View, offset: int) -> Occurrence | None:
    """The name that lies over an offset; a name that ends there counts too."""
    checked = view.declaration(offset)
    if checked is None:
        return None
    over = [each for each in occurrences(view.scope, checked) if each.span.start <= offset <= each.span.end]
    over.sort(key=lambda each: (offset == each.span.end, each.symbol.kind == "plugin"))
    return over[0] if over else None


def uses_of(view: View, symbol: Symbol) -> Iterator[tuple[str, Occurrence]]:
    """All places where a symbol is written, file by file in order of the text."""
    for each in view.files():
        for checked in each.checked.declarations:
            if _may_name(each, checked.decl, symbol):
                found = (one for one in occurrences(each.scope, checked) if one.symbol == symbol)
                yield from ((each.file, one) for one in found)


def _may_name(view: View, decl: nodes.Decl, symbol: Symbol) -> bool:
    """Whether a declaration can name the symbol at all, told by its letters."""
    span = decl.span
    if view.text.find("\\", span.start, span.end) >= 0:
        return True  # a quoted name may be written with escapes
    if view.text.find(symbol.name, span.start, span.end) < 0:
        return False
    if symbol.kind not in ("local", "label"):
        return True
    if view.file == symbol.home and owner_of(decl) == symbol.owner:
        return True
    owner = symbol.owner.partition(" ")[2]  # what calls it gives its parameters by name
    return view.text.find(owner, span.start, span.end) >= 0


def unread(view: View, symbol: Symbol) -> Location | None:
    """The first part that cannot be read and may mean the symbol; None when all that may mean it is known."""
    word = re.compile(rf"(?<!\w){re.escape(symbol.name)}(?!\w)")
    for each in view.files():
        for decl in each.module.decls:
            if not _may_name(each, decl, symbol):
                continue
            for node in walk(decl):
                if isinstance(node, _BROKEN) and word.search(each.text, node.span.start, _head_end(node)):
                    return Location(each.file, node.span)
    return None


def _head_end(node: nodes.Node) -> int:
    """Where a broken part ends, without the steps under it, which could be read."""
    return node.body[0].span.start if isinstance(node, nodes.BrokenStep) and node.body else node.span.end


def definition(view: View, offset: int) -> tuple[Location, ...]:
    """Where the name at an offset is declared: one place, or several where branches give the same name."""
    found = occurrence_at(view, offset)
    if found is None:
        return ()
    declared = tuple(Location(file, each.span) for file, each in uses_of(view, found.symbol) if each.declares)
    return declared or _of_plugin(view, found.symbol)


def _of_plugin(view: View, symbol: Symbol) -> tuple[Location, ...]:
    """What a plugin declares stands in no file; the `use` that brings it does."""
    plugin = symbol.name if symbol.kind == "plugin" else symbol.owner.partition(".")[0]
    decls = (decl for decl in view.module.decls if isinstance(decl, nodes.Use) and decl.plugin.text == plugin)
    return tuple(Location(view.file, decl.plugin.span) for decl in decls)[:1]


def references(view: View, offset: int, *, declaration: bool = True) -> tuple[Location, ...]:
    """Every place where what the name at an offset stands for is written, in all files."""
    found = occurrence_at(view, offset)
    if found is None:
        return ()
    places = (
        Location(file, each.span) for file, each in uses_of(view, found.symbol) if declaration or not each.declares
    )
    return tuple(dict.fromkeys(places))


def highlights(view: View, offset: int) -> tuple[Occurrence, ...]:
    """The same within the file."""
    found = occurrence_at(view, offset)
    if found is None:
        return ()
    checked = view.checked.declarations
    near = (each for one in checked for each in occurrences(view.scope, one) if each.symbol == found.symbol)
    return tuple(near)
