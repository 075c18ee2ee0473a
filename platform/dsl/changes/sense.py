"""What a piece of a tree says, as bytes that are equal when it says the same. Owns what counts as saying.

Spans and ids, brackets around an expression and the way a constant is spelled do not count. What could not be read
counts as it is written. Steps that stand in a step are no part of what it says.
"""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.dsl import nodes

_SILENT = {"id", "span", "source", "triple"}
_BLOCKS = {"body", "otherwise", "handler", "on_timeout"}
_HOLDERS = (
    nodes.IfStep, nodes.IfArm, nodes.MatchStep, nodes.Case, nodes.ForEachStep, nodes.TogetherStep, nodes.TryStep,
    nodes.WaitForStep, nodes.ApproveStep,
)  # fmt: skip
_BROKEN = (nodes.BrokenClause, nodes.BrokenStep, nodes.BrokenLine, nodes.BrokenCell, nodes.BrokenDecl)


def sense(value: Any, text: str) -> bytes:
    """Of nodes, or tuples and lists of them; `text` is that of their file."""
    return msgspec.json.encode(_plain(value, text))


def sense_without(node: nodes.Node, fields: frozenset[str], text: str) -> bytes:
    """Of a declaration but for these fields."""
    if isinstance(node, _BROKEN):
        return sense(node, text)
    kept = [getattr(node, name) for name in node.__struct_fields__ if name not in _SILENT | fields]
    return sense([node.__class__.__name__, *kept], text)


def _plain(value: Any, text: str) -> Any:
    match value:
        case nodes.Group(of=of):
            return _plain(of, text)
        case nodes.BrokenStep(span=span, body=(first, *_)):
            return ["BrokenStep", text[span.start : first.span.start].split()]
        case nodes.Node(span=span) if isinstance(value, _BROKEN):
            return [value.__class__.__name__, text[span.start : span.end].split()]
        case nodes.Node():
            return [value.__class__.__name__, *_fields(value, text)]
        case tuple() | list():
            return [_plain(each, text) for each in value]
        case _:
            return value


def _fields(node: nodes.Node, text: str) -> list[Any]:
    blocks = _BLOCKS if isinstance(node, _HOLDERS) else set()
    return [
        (getattr(node, name) is not None) if name in blocks else _plain(getattr(node, name), text)
        for name in node.__struct_fields__
        if name not in _SILENT
    ]
