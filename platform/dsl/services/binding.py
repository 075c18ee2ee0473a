"""The names that a declaration gives inside itself, each with the part of the text that knows it.

What a name refers to is the checker's finding; this tells apart which of several local names of one spelling it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from treadle.dsl import nodes
from treadle.dsl.services.declared import name_of, written
from treadle.dsl.services.symbols import Symbol
from treadle.dsl.services.trees import children


class Binder(msgspec.Struct, frozen=True):
    """A name, and the offsets between which it is known."""

    name: nodes.Ident
    start: int
    end: int


def binders(decl: nodes.Decl) -> list[Binder]:
    """All names that are given in a declaration."""
    found: list[Binder] = []
    left: list[tuple[nodes.Node, int, int]] = [(decl, decl.span.start, decl.span.end)]
    while left:
        node, start, end = left.pop()
        found += [Binder(name, *_region(node, name, start, end)) for name in _given(node)]
        if isinstance(node, nodes.ForEachStep):
            start, end = node.span.start, node.span.end
        left += [(child, start, end) for child in children(node)]
    return found


def owner_of(decl: nodes.Decl) -> str:
    """The declaration's kind and name as one text; where it begins when it has no name."""
    name = name_of(decl)
    return f"{decl.__class__.__name__} {written(name) if name else decl.span.start}"


def local(names: list[Binder], decl: nodes.Decl, file: str, name: str, offset: int) -> Symbol | None:
    """The local name that is meant at an offset; None when the declaration gives none of that spelling there."""
    over = [each for each in names if each.name.text == name and each.start <= offset <= each.end]
    if not over:
        return None
    nearest = max(over, key=lambda each: each.start)
    region = -1 if nearest.start == decl.span.start else nearest.start
    return Symbol("local", name, file, owner_of(decl), region)


def _region(node: nodes.Node, name: nodes.Ident, start: int, end: int) -> tuple[int, int]:
    match node:
        case nodes.LambdaExpr() | nodes.StopWhen() | nodes.ForEachStep():
            return node.span.start, node.span.end
        case nodes.TryStep():
            return name.span.start, node.span.end
    return start, end


def _given(node: nodes.Node) -> Iterator[nodes.Ident]:
    match node:
        case nodes.LambdaExpr(params=params):
            yield from params
        case nodes.FunctionDecl(params=params) | nodes.TableDecl(params=params) | nodes.SequenceDecl(params=params):
            yield from (each.name for each in params)
        case nodes.WhenByHand(params=params):
            yield from (each.name for each in params)
        case nodes.TryStep(error=nodes.Ident() as name):
            yield name
        case (
            nodes.When(name=name) | nodes.WhenWebhook(name=name) | nodes.StopWhen(name=name) | nodes.Quiet(name=name)
            | nodes.CallStep(name=name) | nodes.AssignStep(name=name) | nodes.ForEachStep(name=name)
            | nodes.WaitForStep(name=name) | nodes.ApproveStep(name=name) | nodes.RunStep(name=name)
            | nodes.AskStep(name=name) | nodes.BrokenStep(name=name) | nodes.BrokenClause(name=name)
        ) if name is not None:  # fmt: skip
            yield name
