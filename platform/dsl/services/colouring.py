"""Semantic tokens and the types shown behind names: both say what the text alone does not."""

from __future__ import annotations

from treadle.dsl.checker import Checked
from treadle.dsl.nodes import ApproveStep, AskStep, AssignStep, CallStep, LambdaExpr, Let, RunStep
from treadle.dsl.services.occurrences import occurrences
from treadle.dsl.services.shapes import Hint, SemanticToken
from treadle.dsl.services.symbols import QUOTED, Occurrence
from treadle.dsl.services.trees import walk
from treadle.dsl.services.views import View
from treadle.dsl.typesystem import Unknown, show

_FIXED = ("let", "builtin")
_LIBRARY = ("builtin", "action", "trigger", "type", "plugin")
_LONGEST = 40


def semantic_tokens(view: View) -> tuple[SemanticToken, ...]:
    """The words of a file that stand for something, in order of the text; none overlaps another."""
    found: list[SemanticToken] = []
    for checked in view.checked.declarations:
        for each in occurrences(view.scope, checked):
            if each.symbol.kind in QUOTED or each.span.end == each.span.start:
                continue  # a text is coloured as one
            if not found or found[-1].span.end <= each.span.start:
                found.append(SemanticToken(each.span, each.symbol.kind, tuple(_modifiers(each))))
    return tuple(found)


def _modifiers(found: Occurrence) -> list[str]:
    kind = found.symbol.kind
    declares = ["declaration"] if found.declares else []
    return declares + (["readonly"] if kind in _FIXED else []) + (["defaultLibrary"] if kind in _LIBRARY else [])


def inlay_hints(view: View) -> tuple[Hint, ...]:
    """The types of results, behind the names that get them."""
    return tuple(hint for checked in view.checked.declarations for hint in _hints(checked))


def _hints(checked: Checked) -> list[Hint]:
    found: list[Hint] = []
    for node in walk(checked.decl):
        name = node.name if isinstance(node, CallStep | AssignStep | RunStep | AskStep | ApproveStep | Let) else None
        if name is None or isinstance(node, LambdaExpr):
            continue
        known = checked.type if isinstance(node, Let) else checked.tables.names.get(name.text)
        shown = show(known) if known is not None and not isinstance(known, Unknown) else ""
        if shown:
            cut = shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"
            found.append(Hint(name.span.end_line, name.span.end_col, f": {cut}"))
    return sorted(found, key=lambda each: (each.line, each.col))
