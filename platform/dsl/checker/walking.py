"""Ways through the tree that several passes need: children, paths, constants. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from treadle.dsl import nodes

_CHILDREN: dict[type, Callable[[Any], tuple[nodes.Expr, ...]]] = {
    nodes.Constant: lambda node: (),
    nodes.Name: lambda node: (),
    nodes.Member: lambda node: (node.of,),
    nodes.Unary: lambda node: (node.of,),
    nodes.IsSetExpr: lambda node: (node.of,),
    nodes.Group: lambda node: (node.of,),
    nodes.Index: lambda node: (node.of, node.key),
    nodes.CallExpr: lambda node: (node.of, *(arg.value for arg in node.args)),
    nodes.BinaryExpr: lambda node: (node.left, node.right),
    nodes.Logic: lambda node: node.items,
    nodes.CoalesceExpr: lambda node: node.items,
    nodes.ListExpr: lambda node: node.items,
    nodes.Ternary: lambda node: (node.then, node.test, node.other),
    nodes.LambdaExpr: lambda node: (node.body,),
    nodes.BraceExpr: lambda node: tuple(entry.value for entry in node.entries),
    nodes.TextExpr: lambda node: tuple(part for part in node.parts if not isinstance(part, str)),
}


def children(node: nodes.Expr) -> tuple[nodes.Expr, ...]:
    """The expressions that stand directly in this one, in order of the text."""
    return _CHILDREN[node.__class__](node)


def bare(node: nodes.Expr) -> nodes.Expr:
    """The expression without parentheses around it."""
    while node.__class__ is nodes.Group:
        node = node.of
    return node


def path_of(node: nodes.Expr) -> str | None:
    """A name with fields and constant keys as one text, `lead.fields["Segment"]`; None for anything else."""
    match bare(node):
        case nodes.Name(text=text):
            return text
        case nodes.Member(of=of, name=name):
            inner = path_of(of)
            return inner and f"{inner}.{name.text}"
        case nodes.Index(of=of, key=nodes.Constant(kind="text" | "int", value=key)):
            inner = path_of(of)
            return inner and (f'{inner}["{key}"]' if isinstance(key, str) else f"{inner}[{key}]")
        case _:
            return None


def prefixes(node: nodes.Expr) -> set[str]:
    """The path of the expression and of all that it reaches through: what is set when the expression is."""
    found = set()
    at = bare(node)
    while isinstance(at, nodes.Name | nodes.Member | nodes.Index):
        path = path_of(at)
        if path:
            found.add(path)
        if isinstance(at, nodes.Name):
            break
        at = bare(at.of)
    return found


def shown(node: nodes.Expr, text: str, most: int = 60) -> str:
    """The expression as written, on one line and cut to a readable length, in backquotes."""
    written = " ".join(text[node.span.start : node.span.end].split())
    return f"`{written if len(written) <= most else written[:most] + '…'}`"


_BLOCKS: dict[type, Callable[[Any], tuple[tuple[nodes.Step, ...], ...]]] = {
    nodes.IfStep: lambda step: (*(arm.body for arm in step.arms), step.otherwise or ()),
    nodes.MatchStep: lambda step: (*(case.body for case in step.cases), step.otherwise or ()),
    nodes.ForEachStep: lambda step: (step.body,),
    nodes.TogetherStep: lambda step: (step.body,),
    nodes.BrokenStep: lambda step: (step.body,),
    nodes.TryStep: lambda step: (step.body, step.handler or ()),
    nodes.WaitForStep: lambda step: (step.on_timeout or (),),
    nodes.ApproveStep: lambda step: (step.on_timeout or (),),
}


def blocks_of(step: nodes.Step) -> tuple[tuple[nodes.Step, ...], ...]:
    """The blocks of steps that stand in this one, in order of the text."""
    blocks = _BLOCKS.get(step.__class__)
    return blocks(step) if blocks is not None else ()


def steps_in(steps: tuple[nodes.Step, ...]) -> Iterator[nodes.Step]:
    """All steps, those in blocks too, in order of the text."""
    for step in steps:
        yield step
        for block in blocks_of(step):
            yield from steps_in(block)
