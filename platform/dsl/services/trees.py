"""Ways through any tree: its nodes in order, and the ones that lie over a place. Knows no construct."""

from __future__ import annotations

from collections.abc import Iterator

from treadle.dsl import nodes
from treadle.dsl.diagnostics import Position

_LEAVES = frozenset((nodes.Ident, nodes.Constant, nodes.Name))


def children(node: nodes.Node) -> list[nodes.Node]:
    """The nodes that stand directly in a node, in the order of its fields."""
    found: list[nodes.Node] = []
    if node.__class__ not in _LEAVES:
        for field in node.__struct_fields__[2:]:  # behind `id` and `span`
            _take(getattr(node, field), found)
    return found


def _take(value: object, found: list[nodes.Node]) -> None:
    if isinstance(value, nodes.Node):
        found.append(value)
    elif isinstance(value, tuple):
        for each in value:
            _take(each, found)


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and all that stand in it."""
    left = [node]
    while left:
        at = left.pop()
        yield at
        left += children(at)


def path_to(node: nodes.Node, offset: int) -> list[nodes.Node]:
    """The nodes that lie over an offset, from the outermost in; empty when the node itself does not.

    A node also lies over its end, unless another begins there.
    """
    found: list[nodes.Node] = []
    at: nodes.Node | None = node if node.span.start <= offset <= node.span.end else None
    while at is not None:
        found.append(at)
        over = [each for each in children(at) if each.span.start <= offset <= each.span.end]
        at = next((each for each in over if offset < each.span.end), over[0] if over else None)
    return found


def decl_at(module: nodes.Module, offset: int) -> nodes.Decl | None:
    """The declaration that lies over an offset."""
    over = [each for each in module.decls if each.span.start <= offset <= each.span.end]
    return over[-1] if over else None


def offset_of(text: str, at: Position) -> int:
    """The offset of a position; one behind the end of its line is taken for that end, one behind the file likewise."""
    start = 0
    for _ in range(at.line - 1):
        found = text.find("\n", start)
        if found < 0:
            return len(text)
        start = found + 1
    end = text.find("\n", start)
    return min(start + max(at.col - 1, 0), len(text) if end < 0 else end)
