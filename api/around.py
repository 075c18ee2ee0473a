"""What stands around a run's steps: what started it, what it waits for, where it is in its graph.

Owns these public shapes and how they are made from what is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.runtime.machine.state import State, decode, threads_of
from treadle.runtime.ports import Origin, RunRow, StepState, StoredStep

NULL = msgspec.Raw(b"null")


class StartedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What started a run: the `event`, the `run` that is its parent, the run that it is a `retry` of, a row of the list
    of `starts`, somebody by `hand`, or its `schedule`. `args` is what its parameters were given, where that is kept
    here and not in the step of the parent.
    """

    kind: Literal["event", "run", "retry", "starts", "hand", "schedule"]
    id: UUID | None
    args: msgspec.Raw


class WaitsFor(msgspec.Struct, frozen=True, kw_only=True):
    """What one thread of a run waits for at a step; a run without `together` and `for each` has one thread, 0. `until`
    is when it ends by itself.
    """

    thread: int
    step: str | None
    kind: Literal["sleep", "window", "limit", "connection", "event", "approval", "run", "call", "person"]
    until: datetime | None


class NodeState(msgspec.Struct, frozen=True, kw_only=True):
    """How a step of a graph went in one run: the state of its last time, how many times it was come by, and when."""

    state: StepState
    times: int
    started_at: datetime | None
    ended_at: datetime | None
    last: UUID


class RunGraph(msgspec.Struct, frozen=True, kw_only=True):
    """The graph that a run is on, None for one that is gone. `at` are the steps that its threads stand before, `steps`
    tells how those went that it came by, by their ids.
    """

    version: str
    graph: Graph | None
    at: list[str]
    steps: dict[str, NodeState]


def rounds(steps: Sequence[StoredStep]) -> list[int]:
    """For each step, how many times its node was come by, this time included."""
    seen: Counter[str] = Counter()
    found = []
    for each in steps:
        seen[each.node] += 1
        found.append(seen[each.node])
    return found


def started_by(row: RunRow, origin: Origin | None) -> StartedBy:
    """What started the run."""
    args = msgspec.Raw(origin.args) if origin is not None and origin.args is not None else NULL
    if origin is not None and origin.retry_of is not None:
        return StartedBy(kind="retry", id=origin.retry_of, args=args)
    if origin is not None and origin.bulk is not None:
        return StartedBy(kind="starts", id=origin.bulk, args=args)
    if row.event_id is not None:
        return StartedBy(kind="event", id=row.event_id, args=args)
    if row.parent_id is not None:
        return StartedBy(kind="run", id=row.parent_id, args=args)
    return StartedBy(kind="schedule" if origin is None else "hand", id=None, args=args)


def waits_for(state: bytes | None) -> list[WaitsFor]:
    """What the threads of a run wait for; nothing for one that is over, or at work."""
    return [
        WaitsFor(thread=number, step=thread.at, kind=thread.rest.kind, until=thread.rest.until)
        for number, thread in threads_of(_state(state))
        if thread.rest is not None
    ]


def run_graph(row: RunRow, graph: Graph | None, steps: Sequence[StoredStep], state: bytes | None) -> RunGraph:
    """The graph with how far the run is in it."""
    found = {each.node: _node(each, times) for each, times in zip(steps, rounds(steps), strict=True)}
    at = [thread.at for _, thread in threads_of(_state(state)) if thread.at is not None] if state else []
    return RunGraph(version=row.graph, graph=graph, at=at, steps=found)


def _node(step: StoredStep, times: int) -> NodeState:
    return NodeState(state=step.state, times=times, started_at=step.started_at, ended_at=step.ended_at, last=step.id)


def _state(state: bytes | None) -> State:
    return decode(state, _plain) if state else State(at=None)


def _plain(_name: str, data: Any) -> Any:
    return data
