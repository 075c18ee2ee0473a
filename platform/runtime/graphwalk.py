"""Questions about a graph that need no run: what may still come, which blocks a step is in, which names it reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.expressions import Var
from treadle.runtime.machine.state import Frame

Frames = tuple[Frame, ...]


def ahead(graph: g.Graph, at: str | None, frames: Frames) -> set[str]:
    """The steps that a run may come to from there, that one too; those of handlers around it as well."""
    outer: list[str | None] = [at]
    for frame in frames:
        node = graph.nodes[frame.node]
        outer.append(node.next)
        if isinstance(node, g.Try) and frame.part == "body":
            outer.append(node.handler)
    return _reached(graph, outer)


def places(graph: g.Graph) -> dict[str, Frames]:
    """The blocks that each step is in, the outermost first, as a run has them; steps of branches of a `together` and of
    loops are left out, because those have threads of their own.
    """
    found: dict[str, Frames] = {}
    open_: list[tuple[str | None, Frames]] = [(graph.entry, ())]
    while open_:
        at, frames = open_.pop()
        if at is None or at in found:
            continue
        node = graph.nodes[at]
        found[at] = frames
        open_ += [(each, frames) for each in (node.next, *_arms(node))]
        open_ += [(start, (*frames, frame)) for start, frame in _blocks(node)]
    return found


def names_read(graph: g.Graph, steps: Iterable[str]) -> set[str]:
    """The names of the graph that these steps read and none of them gives."""
    nodes = [graph.nodes[each] for each in steps]
    read = {name for node in nodes for name in _names(node)}
    return (read & graph.names.keys()) - {"now"} - {name for node in nodes for name in _given(node)}


def alike(one: Any, other: Any) -> bool:
    """Whether two pieces of graphs say the same, wherever they are written."""
    return bool(_bare(one) == _bare(other))


def _reached(graph: g.Graph, starts: Iterable[str | None]) -> set[str]:
    found: set[str] = set()
    open_ = list(starts)
    while open_:
        at = open_.pop()
        if at is not None and at not in found:
            found.add(at)
            open_ += _after(graph.nodes[at])
    return found


def _after(node: g.Node) -> Iterator[str | None]:
    yield node.next
    yield from _arms(node)
    yield from (start for start, _ in _blocks(node))
    match node:
        case g.ForEach(body=body):
            yield body
        case g.Together(branches=branches):
            yield from branches


def _arms(node: g.Node) -> tuple[str | None, ...]:
    return (*(arm.to for arm in node.arms), node.otherwise) if isinstance(node, g.Branch) else ()


def _blocks(node: g.Node) -> tuple[tuple[str | None, Frame], ...]:
    match node:
        case g.Try(body=body, handler=handler):
            return (body, Frame(node.id)), (handler, Frame(node.id, "handler"))
        case g.WaitFor(on_timeout=start) | g.Approve(on_timeout=start):
            return ((start, Frame(node.id, "timeout")),)
    return ()


def _given(node: g.Node) -> tuple[str, ...]:
    match node:
        case g.WaitFor(hear=hear):
            return (hear.name,)
        case g.Call() | g.Assign() | g.ForEach() | g.Try() | g.Run() | g.Approve() | g.Ask():
            return () if node.name is None else (node.name,)
    return ()


def _names(thing: Any) -> Iterator[str]:
    match thing:
        case Var(name=name):
            yield name
        case msgspec.Struct():
            for field in thing.__struct_fields__:
                yield from _names(getattr(thing, field))
        case Mapping():
            for each in thing.values():
                yield from _names(each)
        case list() | tuple():
            for each in thing:
                yield from _names(each)


def _bare(thing: Any) -> Any:
    """Plain data without spans."""
    match msgspec.to_builtins(thing):
        case dict() as fields:
            return {name: _bare(each) for name, each in fields.items() if name != "span"}
        case list() | tuple() as many:
            return [_bare(each) for each in many]
        case plain:
            return plain
