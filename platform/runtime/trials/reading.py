"""Which fields of events rules may read: what a test that is told again cannot leave to an example. Pure.

Errs on the side of reading: a name that one event's field has counts for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from treadle.dsl import graph as g
from treadle.dsl.typesystem import Scalar, plain

Reads = Callable[[str], bool]
"""Whether a field of an event, by its name, may be read."""


def fields_read(graphs: Iterable[g.Graph]) -> Reads:
    """What the rules and sequences read; everything when one of them uses an event as a whole."""
    found: set[str] = set()
    for graph in graphs:
        names = {*graph.params, *(each.name for each in _heard(graph)), graph.quiet.name if graph.quiet else None}
        events = {name for name, of in graph.names.items() if name in names and not isinstance(plain(of), Scalar)}
        if not _collect(msgspec.to_builtins(graph), events, found):
            return lambda name: True
    return found.__contains__


def _heard(graph: g.Graph) -> Iterator[g.Hear]:
    yield from (*graph.hears, *graph.webhooks, *(stop.hear for stop in graph.stops))
    yield from (node.hear for node in graph.nodes.values() if isinstance(node, g.WaitFor))


def _collect(part: Any, events: set[str], found: set[str]) -> bool:
    """Add the fields that a part of a graph reads; False when it uses one of the events as a whole."""
    match part:
        case {"op": "var", "name": str(name)}:
            return name not in events
        case {"op": "get", "of": of, "field": str(field)}:
            found.add(field)
            return _is_name(of) or _collect(of, events, found)
        case {"kind": "start" | "run", "args": dict(given)} | {"kind": "emit", "data": dict(given)}:
            return all(_is_name(each) or _collect(each, events, found) for each in given.values())
        case dict():
            if isinstance(part.get("trigger"), str) and isinstance(part.get("args"), dict):
                found.update(part["args"])
            match part.get("key"):
                case [str(path), _]:
                    found.update(path.split("."))
            return all(_collect(each, events, found) for each in part.values())
        case list() | tuple():
            return all(_collect(each, events, found) for each in part)
    return True


def _is_name(part: Any) -> bool:
    return isinstance(part, dict) and part.get("op") == "var"
