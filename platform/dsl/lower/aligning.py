"""Step ids that outlive an edit: the steps of a new graph take the ids that the same steps had in the old one.

A label pins its step. Of the others, those with the same content keep their ids first, in order and then wherever they
went; between those, a step of the same kind in the same place is the same step edited. What is left is new, and takes
no id that the old graph has used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from treadle.dsl.graph import Arm, Assign, Branch, Graph, Node, Together
from treadle.dsl.matching import Pair, Row, pair

_LINKS = {"next", "otherwise", "body", "handler", "on_timeout"}
_PLACE = {"id", "span", "labelled", "loads", "branches", *_LINKS}
_NUMBER = re.compile(r"_\d+$")


def realign(new: Graph, old: Graph) -> Graph:
    """The new graph with the ids that its steps had in the old one; ids stay unique."""
    if new.nodes == old.nodes:
        return new
    names = _names(new, old)
    if all(name == kept for name, kept in names.items()):
        return new
    nodes = {names[name]: _renamed(node, names) for name, node in new.nodes.items()}
    return msgspec.structs.replace(new, nodes=nodes, entry=_named(new.entry, names))


def _names(new: Graph, old: Graph) -> dict[str, str]:
    """The id of each step of the new graph."""
    names = {name: name for name, node in new.nodes.items() if node.labelled}
    ours = [name for name in new.nodes if name not in names]
    theirs = [name for name in old.nodes if name not in names]
    names.update(_same_steps(new, ours, old, theirs))
    used = {*names.values(), *old.nodes}
    for name in new.nodes:
        if name not in names:
            names[name] = _free(name, used)
            used.add(names[name])
    return names


def _same_steps(new: Graph, ours: Sequence[str], old: Graph, theirs: Sequence[str]) -> Iterator[Pair]:
    """Which steps of the new graph are which of the old one."""
    for found in pair(_row(new, ours), _row(old, theirs)):
        yield from found


def _row(graph: Graph, names: Sequence[str]) -> Row:
    return Row(names, {name: _content(graph.nodes[name]) for name in names}, _kinds(graph))


def _content(node: Node) -> bytes:
    """What a step does, without where it stands and what follows."""
    parts = [_plain(getattr(node, name)) for name in node.__struct_fields__ if name not in _PLACE]
    return msgspec.json.encode([type(node).__name__, *parts], order="deterministic")


def _plain(value: Any) -> Any:
    match value:
        case Arm(test, _, text):
            return [_plain(test), text]
        case msgspec.Struct():
            parts = [_plain(getattr(value, name)) for name in value.__struct_fields__ if name != "span"]
            return [type(value).__name__, *parts]
        case tuple():
            return [_plain(each) for each in value]
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case _:
            return value


def _kinds(graph: Graph) -> dict[str, bytes]:
    """What makes a step the same step after an edit: its kind and what it calls."""
    return {name: _kind(node) for name, node in graph.nodes.items()}


def _kind(node: Node) -> bytes:
    parts = [getattr(node, each, None) for each in ("plugin", "action", "sequence", "agent", "event")]
    parts.append(node.name if isinstance(node, Assign) else None)
    return msgspec.json.encode([type(node).__name__, *parts])


def _free(name: str, used: set[str]) -> str:
    """The name, or with the first number that is free behind it."""
    base, count = _NUMBER.sub("", name), 1
    while name in used:
        count += 1
        name = f"{base}_{count}"
    return name


def _named(id: str | None, names: Mapping[str, str]) -> str | None:
    return None if id is None else names[id]


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The node with its own id and all ids that it leads to replaced."""
    changes: dict[str, Any] = {"id": names[node.id]}
    for field in _LINKS.intersection(node.__struct_fields__):
        changes[field] = _named(getattr(node, field), names)
    match node:
        case Together(branches=branches):
            changes["branches"] = tuple(names[each] for each in branches)
        case Branch(arms=arms):
            changes["arms"] = tuple(msgspec.structs.replace(arm, to=_named(arm.to, names)) for arm in arms)
    return msgspec.structs.replace(node, **changes)
