"""One rule or sequence as a whole, its version, and the set of all."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from treadle.dsl.expressions import Function
from treadle.dsl.graph.agents import Agent, Limit
from treadle.dsl.graph.header import Alone, Calendar, Condition, Hear, Once, Quiet, Schedule, StopWhen, Throttle, Window
from treadle.dsl.graph.steps import Node
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Record, Type


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """One rule or sequence, ready to run.

    `names` gives the type of every name in scope, which is how recorded JSON becomes exact values again. `records`,
    `functions`, `agents` and `calendars` are those that this graph uses. `loads` is true when a step needs a field that
    no delivery carries. `params` are the parameters of a sequence, or of `when by hand`. `webhooks` are the `when
    webhook` lines: their `trigger` is the path, their plugin None. A rule has exactly one kind of name for its event:
    `hears`, `webhooks` give one, `schedules` and `by_hand` none.
    """

    kind: Literal["rule", "sequence"]
    name: str
    file: str
    span: Span
    off: bool = False
    hears: tuple[Hear, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    webhooks: tuple[Hear, ...] = ()
    by_hand: bool = False
    where: tuple[Condition, ...] = ()
    once: Once | None = None
    at_most: Throttle | None = None
    quiet: Quiet | None = None
    alone: Alone | None = None
    stops: tuple[StopWhen, ...] = ()
    during: Window | None = None
    priority: int = 0
    stop_after: bool = False
    own_changes: bool = False
    rehearse: bool = False
    params: tuple[str, ...] = ()
    entry: str | None
    nodes: dict[str, Node]
    names: dict[str, Type] = {}
    records: dict[str, Record] = {}
    functions: dict[str, Function] = {}
    agents: dict[str, Agent] = {}
    calendars: dict[str, Calendar] = {}
    loads: bool = False
    zone: str = "UTC"

    def version(self) -> str:
        """The content hash that names this graph: 32 hex digits of SHA-256 over its canonical JSON.

        Spans count from the start of the declaration there, so that text above it does not change the version.
        """
        content = _moved(msgspec.to_builtins(self), self.span)
        return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:32]


_NESTED = frozenset({dict, list, tuple})  # asked before the call: most of a graph are texts and numbers


def _moved(data: Any, base: Span) -> Any:
    """Plain data of a graph with its spans counted from `base`."""
    if data.__class__ is dict:
        return {
            key: _span(each, base) if key == "span" else _moved(each, base) if each.__class__ in _NESTED else each
            for key, each in data.items()
        }
    if data.__class__ in _NESTED:
        return [_moved(each, base) if each.__class__ in _NESTED else each for each in data]
    return data


def _span(data: Any, base: Span) -> Any:
    match data:
        case [int(start), int(end), int(line), col, int(end_line), end_col]:
            return [start - base.start, end - base.start, line - base.line, col, end_line - base.line, end_col]
        case _:  # a name or an argument that is called span
            return _moved(data, base)


class Program(msgspec.Struct, frozen=True):
    """What a set of files compiles to. `files` maps each path to the SHA-256 of its text.

    `events` gives the fields of each event of one's own, by name.
    """

    files: dict[str, str]
    graphs: tuple[Graph, ...]
    limits: tuple[Limit, ...] = ()
    events: dict[str, Record] = {}
