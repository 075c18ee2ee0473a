"""The names that a declaration gives inside itself, each with the part of the text that knows it.

What a name refers to is the checker's finding; this tells apart which of several local names of one spelling it is.
"""

from __future__ import annotations

from typing import Any

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


def binders(decl: nodes.Decl) -> tuple[list[Binder], list[nodes.Node]]:
    """All names that are given in a declaration, and all of its nodes, which are gone through for them."""
    found: list[Binder] = []
    passed: list[nodes.Node] = []
    left: list[tuple[nodes.Node, int, int]] = [(decl, decl.span.start, decl.span.end)]
    while left:
        node, start, end = left.pop()
        passed.append(node)
        if node.__class__ in _GIVERS:
            found += [Binder(name, *_region(node, name, start, end)) for name in _given(node)]
        if node.__class__ is nodes.ForEachStep:
            start, end = node.span.start, node.span.end
        left += [(child, start, end) for child in children(node)]
    return found, passed


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


_TAKERS = frozenset((nodes.FunctionDecl, nodes.TableDecl, nodes.SequenceDecl, nodes.WhenByHand))
_NAMERS = frozenset(
    (
        nodes.When, nodes.WhenWebhook, nodes.StopWhen, nodes.Quiet, nodes.CallStep, nodes.AssignStep, nodes.ForEachStep,
        nodes.WaitForStep, nodes.ApproveStep, nodes.RunStep, nodes.AskStep, nodes.BrokenStep, nodes.BrokenClause,
    )
)  # fmt: skip
_GIVERS = _TAKERS | _NAMERS | {nodes.LambdaExpr, nodes.TryStep}


def _given(node: Any) -> tuple[nodes.Ident, ...]:
    """The names that a node of one of these kinds gives."""
    kind = node.__class__
    if kind in _TAKERS:
        return tuple(each.name for each in node.params)
    if kind is nodes.LambdaExpr:
        return tuple(node.params)
    name = node.error if kind is nodes.TryStep else node.name
    return (name,) if name is not None else ()
