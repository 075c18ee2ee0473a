"""The order of the rules that one event fires: `priority` and `stop after`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl.graph import Graph
from treadle.runtime.machine import state as states
from treadle.runtime.ports import NewRun


def ordered(runs: Sequence[tuple[Graph, NewRun]]) -> tuple[NewRun, ...]:
    """The runs of one event, the highest priority first, else as they came. A run behind one with `stop after` waits
    for what becomes of it. Their ids are in the same order: so they are claimed.
    """
    if len(runs) < 2 or not any(graph.priority or graph.stop_after for graph, _ in runs):
        return tuple(run for _, run in runs)
    made: list[NewRun] = []
    stopping: list[UUID] = []
    ids = sorted(run.id for _, run in runs)
    for id_, (graph, first) in zip(ids, sorted(runs, key=lambda each: -each[0].priority), strict=True):
        run = replace(first, id=id_)
        made.append(_behind(run, tuple(stopping)) if stopping else run)
        if graph.stop_after:
            stopping.append(run.id)
    return tuple(made)


def _behind(run: NewRun, ahead: tuple[UUID, ...]) -> NewRun:
    state = replace(states.decode(run.state, lambda _, plain: plain), matched=False, phase=None, behind=ahead)
    return replace(run, status="matching", state=states.encode(state), delay=0.0, quiet=None)
