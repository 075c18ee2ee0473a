"""The tree of a file: its declarations, in them what starts a rule, its steps, the fields of an event."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.checker.walking import blocks_of
from treadle.dsl.services.declared import KINDS, name_of, written
from treadle.dsl.services.shapes import Location, Outline, WorkspaceSymbol
from treadle.dsl.services.views import View
from treadle.dsl.spans import Span

_LONGEST = 80
_Part = nodes.Node


def document_symbols(view: View) -> tuple[Outline, ...]:
    """The declarations of a file, in order of the text; broken ones by what they seem to be."""
    return tuple(_declaration(view, decl) for decl in view.module.decls)


def workspace_symbols(view: View, query: str = "") -> tuple[WorkspaceSymbol, ...]:
    """The declarations of all files whose name has the letters of the query in their order."""
    found = (
        WorkspaceSymbol(written(name), _kind(decl), Location(each.file, name.span))
        for each in view.files()
        for decl in each.module.decls
        if (name := name_of(decl)) is not None
    )
    return tuple(each for each in found if _has(each.name.casefold(), query.casefold()))


def _has(name: str, letters: str) -> bool:
    left = iter(name)
    return all(letter in left for letter in letters)


def _kind(decl: nodes.Decl) -> str:
    match decl:
        case nodes.Edition():
            return "edition"
        case nodes.Use():
            return "use"
        case nodes.TableDecl():
            return "table"
        case nodes.BrokenDecl(keyword=keyword):
            return keyword
    return KINDS[decl.__class__]


def _declaration(view: View, decl: nodes.Decl) -> Outline:
    name = name_of(decl)
    shown = decl.name if isinstance(decl, nodes.BrokenDecl) else written(name) if name else None
    span = name.span if name else _first_line(view, decl.span)
    parts = tuple(_part(view, each) for each in _parts(decl))
    kind = _kind(decl)
    return Outline(name=shown or kind, kind=kind, detail="", span=decl.span, name_span=span, children=parts)


def _parts(decl: nodes.Decl) -> Iterator[_Part]:
    match decl:
        case nodes.RuleDecl(clauses=clauses, body=body) | nodes.SequenceDecl(clauses=clauses, body=body):
            yield from clauses
            yield from body
        case nodes.EventDecl(fields=fields):
            yield from fields
        case nodes.AgentDecl(lines=lines):
            yield from lines
        case nodes.TestDecl(lines=trial):
            yield from trial


def _part(view: View, node: _Part) -> Outline:
    span = _first_line(view, node.span)
    text = " ".join(view.text[span.start : span.end].split())
    if isinstance(node, nodes.ParamDecl):
        name, kind, detail = node.name.text, "field", text.partition(":")[2].strip()
    else:
        name, kind, detail = text[:_LONGEST], _kind_of_part(node), ""
    steps = tuple(_part(view, step) for block in _blocks(node) for step in block)
    return Outline(name=name or kind, kind=kind, detail=detail, span=node.span, name_span=span, children=steps)


def _blocks(node: _Part) -> tuple[tuple[nodes.Step, ...], ...]:
    return blocks_of(node) if isinstance(node, nodes.Step) else ()


def _kind_of_part(node: _Part) -> str:
    return "step" if isinstance(node, nodes.Step) else "clause" if isinstance(node, nodes.Clause) else "line"


def _first_line(view: View, span: Span) -> Span:
    """The part of a span that stands on its first line, without what is blank at its end."""
    if span.line == span.end_line:
        return span
    end = span.start + len(view.text[span.start : view.text.find("\n", span.start)].rstrip())
    return Span(span.start, end, span.line, span.col, span.line, span.col + end - span.start)
