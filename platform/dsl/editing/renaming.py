"""Names given anew, in all files that see them. Which places mean a name, `services.references` knows.

A renaming must lead to no finding that was not there before (`proving`): then nothing else had the name. A line that
cannot be read has no names to look up, so one that may mention the old name is in the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker import Checked
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given
from treadle.dsl.editing.operations import Rename
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.editing_codes import NOT_READ
from treadle.dsl.services.declared import declared
from treadle.dsl.services.occurrences import occurrences
from treadle.dsl.services.references import uses_of
from treadle.dsl.services.renaming import quoted
from treadle.dsl.services.symbols import QUOTED, RENAMED, Occurrence, Symbol
from treadle.dsl.services.trees import walk
from treadle.dsl.services.views import View

Edits = dict[str, list[TextEdit]]
_OF_THE_FILE = ("use", "let", "function")
_BROKEN = (nodes.BrokenDecl, nodes.BrokenClause, nodes.BrokenLine, nodes.BrokenStep, nodes.BrokenCell)


def rename(target: Target, op: Rename, view: View) -> Edits:
    """The edits by file."""
    symbols = _symbols(target, op, view)
    plain = op.local is None and op.decl.kind in QUOTED
    new = quoted(op.to) if plain else given.name(op.to, target.source.file)
    edits: Edits = {target.source.file: []}
    for symbol in symbols:
        _readable(view, symbol)
        for file, each in uses_of(view, symbol):
            edit = _alias(target.decl, op.to) if each.declares and symbol.kind == "use" else _edit(each, new)
            if edit not in edits.setdefault(file, []):
                edits[file].append(edit)
    return edits


def _symbols(target: Target, op: Rename, view: View) -> list[Symbol]:
    """What is renamed: one thing, or all that are called so inside of a declaration."""
    checked = _checked(target, view)
    if op.local is None:
        found = [each.symbol for each in declared(view.scope, checked.decl) if each.declares]
        if not found or found[0].kind not in RENAMED:
            raise no_part(target, "name")
        return found[:1]
    inner = ("local", "field") if isinstance(target.decl, nodes.EventDecl) else ("local",)
    given_here = [each for each in occurrences(view.scope, checked) if each.declares and each.symbol.kind in inner]
    symbols = list(dict.fromkeys(each.symbol for each in given_here if each.symbol.name == op.local))
    if not symbols:
        raise no_part(target, f"name `{op.local}` that is given in it")
    return symbols


def _checked(target: Target, view: View) -> Checked:
    start = target.decl.span.start
    return next(each for each in view.checked.declarations if each.decl.span.start == start)


def _edit(found: Occurrence, new: str) -> TextEdit:
    return TextEdit(found.span.start, found.span.end, new)


def _alias(decl: nodes.Decl, name: str) -> TextEdit:
    """The name that a `use` gives: behind `as`, or that of the plugin."""
    assert isinstance(decl, nodes.Use)  # nothing else declares such a name
    end = (decl.connection or decl.plugin).span.end
    shown = "" if name == decl.plugin.text else f" as {name}"
    return TextEdit(end, decl.alias.span.end if decl.alias else end, shown)


def _readable(view: View, symbol: Symbol) -> None:
    """Refuse when a part that cannot be read may mean the symbol."""
    word = re.compile(rf"(?<!\w){re.escape(symbol.name)}(?!\w)")
    for each in view.files():
        if symbol.kind in _OF_THE_FILE and each.scope.home(symbol.name).file != symbol.home:
            continue
        for node, part in _broken_parts(each, word):
            if word.search(part):
                raise refused(NOT_READ, each.file, node.span, line=node.span.line)


def _broken_parts(view: View, word: re.Pattern[str]) -> Iterator[tuple[nodes.Node, str]]:
    """What could not be read where the word stands, each part without the steps under it, which could."""
    for decl in view.module.decls:
        for node in walk(decl) if word.search(view.text, decl.span.start, decl.span.end) else ():
            if isinstance(node, _BROKEN):
                body = node.body if isinstance(node, nodes.BrokenStep) else ()
                yield node, view.text[node.span.start : body[0].span.start if body else node.span.end]
