"""What the API answers about runs and steps, and how it is made from the stored rows and the graph.

Owns the public shapes only. JSON that a run recorded goes through untouched (`msgspec.Raw`), so numbers stay exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec

from treadle.api.around import NULL, StartedBy, WaitsFor, rounds, started_by, waits_for
from treadle.dsl.catalogue import Effect
from treadle.dsl.graph import Graph
from treadle.dsl.values import decode, encode
from treadle.runtime.costs import Costs, Spent, cost_of, totals
from treadle.runtime.explain import EventRow
from treadle.runtime.ports import ApprovalRow, Fault, Resolution, RunRow, RunStatus, StepState, StoredStep
from treadle.runtime.redaction import Redactor
from treadle.runtime.services.runs import RunFound

Event = TypeVar("Event", bound=EventRow)


class Source(msgspec.Struct, frozen=True):
    """Where a step stands in its rule file, counted from 1."""

    file: str
    line: int
    col: int


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """One step. `id` is the effect id under which an outside service received it. `tries` counts what was sent for it.

    `round` counts the times that the run came by this step of the graph, from 1. `cost` is what it cost: a turn of an
    agent, or an action that declares it. `waited` is the seconds between the end of what came before it, the run's
    begin or another step, and its own start.
    """

    id: UUID
    seq: int
    node: str
    round: int
    what: str
    state: StepState
    effect: Effect | None
    tries: int
    input: msgspec.Raw
    output: msgspec.Raw
    error: Fault | None
    cost: Spent | None
    waited: float | None
    started_at: datetime | None
    ended_at: datetime | None
    source: Source | None


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `graph` names the version it is pinned to, `due_at` says when somebody looks at it next."""

    id: UUID
    rule: str
    kind: Literal["rule", "sequence"]
    status: RunStatus
    graph: str
    event: UUID | None
    parent: UUID | None
    created_at: datetime
    ended_at: datetime | None
    due_at: datetime | None
    error: Fault | None


class RunDetail(RunView, frozen=True, kw_only=True):
    """A run with its steps in order, and where its rule stands. `doubts` are the steps whose outcome a person has to
    say, `resolutions` what people said, `approvals` what people were asked, newest first. `retry_of` is the run that
    was run again as this one, `retried_by` those that this one was run again as. `waiting` is what it waits for, `cost`
    what its steps cost together, by currency.
    """

    source: Source | None
    steps: list[StepView]
    doubts: list[UUID]
    resolutions: list[Resolution]
    approvals: list[ApprovalRow]
    started_by: StartedBy
    retry_of: UUID | None
    retried_by: list[UUID]
    waiting: list[WaitsFor]
    cost: list[Spent]


def run_view(row: RunRow) -> RunView:
    """A row of a list."""
    return RunView(**_plain(row))


def run_detail(told: RunFound, costs: Costs) -> RunDetail:
    """The whole run; where a graph is missing, so are the source lines. `costs` are what actions declare."""
    row, steps, graphs = told.row, told.steps, told.graphs
    graph = graphs[-1][1] if graphs else None
    at = Source(graph.file, graph.span.line, graph.span.col) if graph else None
    ends = [row.created_at, *(step.ended_at or step.started_at for step in steps)]
    views = [
        _step_view(step, _then(graphs, step), before, times, cost_of(step, costs))
        for step, before, times in zip(steps, ends, rounds(steps), strict=False)
    ]
    return RunDetail(
        **_plain(row),
        source=at,
        steps=views,
        doubts=[step.id for step in told.doubts],
        resolutions=told.resolutions,
        approvals=told.approvals,
        started_by=started_by(row, told.origin),
        retry_of=told.origin.retry_of if told.origin else None,
        retried_by=told.retries,
        waiting=waits_for(told.state),
        cost=totals(each.cost for each in views),
    )


def _then(graphs: Sequence[tuple[datetime, Graph | None]], step: StoredStep) -> Graph | None:
    """The graph that the run was on when the step began."""
    earlier = [graph for since, graph in graphs if step.started_at is not None and since <= step.started_at]
    return earlier[-1] if earlier else graphs[0][1] if graphs else None


def _plain(row: RunRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "rule": row.rule,
        "kind": row.kind,
        "status": row.status,
        "graph": row.graph,
        "event": row.event_id,
        "parent": row.parent_id,
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "due_at": row.due_at,
        "error": row.error,
    }


def _step_view(
    step: StoredStep, graph: Graph | None, before: datetime | None, times: int, cost: Spent | None
) -> StepView:
    return StepView(
        id=step.id,
        seq=step.seq,
        node=step.node,
        round=times,
        what=step.what,
        state=step.state,
        effect=step.effect,
        tries=step.tries,
        input=raw(step.input),
        output=raw(step.output),
        error=step.error,
        cost=cost,
        waited=max(0.0, (step.started_at - before).total_seconds()) if before and step.started_at else None,
        started_at=step.started_at,
        ended_at=step.ended_at,
        source=_source(step.node, graph),
    )


def raw(stored: bytes | None) -> msgspec.Raw:
    """Stored JSON as it is; null when there is none."""
    return NULL if stored is None else msgspec.Raw(stored)


def exact(view: Event, redactor: Redactor) -> Event:
    """The event without live secrets in its data, which stay the JSON text that they are: no number becomes another."""
    return msgspec.structs.replace(view, data=without_secrets(view.data, redactor))


def without_secrets(data: msgspec.Raw, redactor: Redactor) -> msgspec.Raw:
    """The JSON text without live secrets. A text without escapes that holds none is passed on unread."""
    text = bytes(data)
    if b"\\" not in text and redactor.text(plain := text.decode()) == plain:
        return data
    return msgspec.Raw(encode(redactor.data(decode(text))))


def _source(node: str, graph: Graph | None) -> Source | None:
    found = graph.nodes.get(node) if graph else None
    return Source(graph.file, found.span.line, found.span.col) if graph and found else None
