"""Step ids that outlive an edit: the steps of a new graph take the ids that the same steps had in the old one.

A label pins its step. Of the others, those with the same content keep their ids first, in order and then wherever they
went; between those, a step of the same kind in the same place is the same step edited. What is left is new, and takes
no id that the old graph has used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from treadle.dsl.graph import Arm, Assign, Branch, Graph, Node, Together

_LINKS = {"next", "otherwise", "body", "handler", "on_timeout"}
_PLACE = {"id", "span", "labelled", "loads", "branches", *_LINKS}
_NUMBER = re.compile(r"_\d+$")
_MOST_COMPARED = 1_000_000  # pairs of steps; beyond that, steps are aligned by their first chance

Pair = tuple[str, str]  # new id, old id


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
    fresh = {name: _content(new.nodes[name]) for name in ours}
    known = {name: _content(old.nodes[name]) for name in theirs}
    anchors = _in_order(ours, fresh, theirs, known)
    yield from anchors
    left = [name for name in ours if name not in dict(anchors)]
    free = _without(theirs, (there for _, there in anchors))
    moved = list(_anywhere(left, fresh, free, known))
    yield from moved
    gone = {here for here, _ in moved} | {there for _, there in moved}
    for some, others in _gaps(ours, theirs, anchors):
        here, there = [each for each in some if each not in gone], [each for each in others if each not in gone]
        yield from _in_order(here, _kinds(new), there, _kinds(old))


def _without(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    gone = set(taken)
    return [name for name in names if name not in gone]


def _anywhere(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> Iterator[Pair]:
    """Steps of the same content, wherever they stand: the first with the first."""
    waiting: defaultdict[bytes, list[str]] = defaultdict(list)
    for name in reversed(theirs):
        waiting[known[name]].append(name)
    for name in ours:
        if waiting[fresh[name]]:
            yield name, waiting[fresh[name]].pop()


def _gaps(ours: Sequence[str], theirs: Sequence[str], anchors: Sequence[Pair]) -> Iterator[tuple[list[str], list[str]]]:
    """The stretches between steps that are known to be the same."""
    here = there = 0
    places = {name: at for at, name in enumerate(ours)}, {name: at for at, name in enumerate(theirs)}
    for ours_at, theirs_at in [*((places[0][a], places[1][b]) for a, b in anchors), (len(ours), len(theirs))]:
        yield list(ours[here:ours_at]), list(theirs[there:theirs_at])
        here, there = ours_at + 1, theirs_at + 1


def _in_order(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> list[Pair]:
    """The longest row of steps that are equal by the marks and stand in the same order."""
    head = 0
    while head < min(len(ours), len(theirs)) and fresh[ours[head]] == known[theirs[head]]:
        head += 1
    tail = 0
    while tail < min(len(ours), len(theirs)) - head and fresh[ours[-1 - tail]] == known[theirs[-1 - tail]]:
        tail += 1
    inner_ours, inner_theirs = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    ends = zip(ours[len(ours) - tail :], theirs[len(theirs) - tail :], strict=True)
    return [*zip(ours[:head], theirs[:head], strict=True), *_longest(inner_ours, fresh, inner_theirs, known), *ends]


def _longest(
    ours: Sequence[str], fresh: Mapping[str, bytes], theirs: Sequence[str], known: Mapping[str, bytes]
) -> list[Pair]:
    if len(ours) * len(theirs) > _MOST_COMPARED:
        return []
    lengths = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            same = fresh[ours[i]] == known[theirs[j]]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    found: list[Pair] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if fresh[ours[i]] == known[theirs[j]]:
            found.append((ours[i], theirs[j]))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


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
