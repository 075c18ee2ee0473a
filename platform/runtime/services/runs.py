"""Runs: who may look at them and who may start one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.runtime.access import Principal
from treadle.runtime.byhand import started_by_hand
from treadle.runtime.engine import Engine
from treadle.runtime.lookups import ApprovalFilter, LookUps, Unknown
from treadle.runtime.ports import ApprovalRow, Origin, Resolution, RunFilter, RunRow, StoredStep
from treadle.runtime.resolving import doubts
from treadle.runtime.services.audit import Told, audited

MOST_QUESTIONS = 200
"""Of a run, that are shown with it."""


class RunFound(msgspec.Struct, frozen=True, kw_only=True):
    """All that is recorded about a run. `graphs` are those that it was on, each from its instant on, None for one that
    is gone; `doubts` are the steps that wait for a person to say what became of them. `origin` says who started it,
    where no event and no other run did; `retries` are the runs that it was run again as; `state` is that of one that
    is not over.
    """

    row: RunRow
    steps: list[StoredStep]
    graphs: list[tuple[datetime, Graph | None]]
    doubts: list[StoredStep]
    resolutions: list[Resolution]
    origin: Origin | None
    retries: list[UUID]
    approvals: list[ApprovalRow]
    state: bytes | None


async def listed(engine: Engine, who: Principal, filter: RunFilter) -> list[RunRow]:
    """A page of runs, newest first. Raises `Forbidden`."""
    who.require("read")
    return await engine.store.runs(filter)


async def found(engine: Engine, who: Principal, run_id: UUID) -> RunFound:
    """One run, step by step. Raises `Forbidden`, and `KeyError` for no run."""
    who.require("read")
    store = engine.store
    if (row := await store.run(run_id)) is None:
        raise KeyError(run_id)
    steps, look_ups = await store.steps(run_id), look_ups_of(engine)
    return RunFound(
        row=row,
        steps=steps,
        graphs=[(since, await _graph(engine, version)) for since, version in await store.versions(run_id)],
        doubts=await doubts(store, run_id, steps),
        resolutions=await store.resolutions(run_id),
        origin=await store.origin(run_id),
        retries=await look_ups.retried_by(run_id),
        approvals=await look_ups.approvals(ApprovalFilter(run=run_id, limit=MOST_QUESTIONS)),
        state=await store.state(run_id) if row.ended_at is None else None,
    )


async def unknowns(
    engine: Engine, who: Principal, *, rule: str | None, before: UUID | None, limit: int
) -> tuple[list[Unknown], UUID | None]:
    """Calls that wait for a person to say what became of them, those of so many runs, and the cursor of the next.
    Raises `Forbidden`.
    """
    who.require("read")
    return await look_ups_of(engine).unknowns(rule=rule, before=before, limit=limit)


async def graph_of(engine: Engine, who: Principal, run_id: UUID) -> tuple[RunFound, Graph | None]:
    """A run and the graph that it is on, None for one that is gone. Raises `Forbidden`, and `KeyError` for no run."""
    told = await found(engine, who, run_id)
    return told, told.graphs[-1][1] if told.graphs else None


def look_ups_of(engine: Engine) -> LookUps:
    """What is looked up in the engine's workspace."""
    return LookUps(engine.database.pool, engine.store.workspace_id)


async def _graph(engine: Engine, version: str) -> Graph | None:
    stored = await engine.store.graph(version)
    return msgspec.json.decode(stored, type=Graph) if stored else None


async def as_test(engine: Engine, who: Principal, run_id: UUID) -> str:
    """The text of a `test` block that lets the run happen again. Raises `Forbidden`, `KeyError` and `Untold`."""
    who.require("read")
    from treadle.runtime.trials.history import run_as_test

    return await run_as_test(engine.store, engine.live, await engine.world(), run_id)


async def started(
    engine: Engine, who: Principal, rule: str, args: Mapping[str, Any], run_id: UUID | None = None
) -> UUID:
    """Start a rule that is `by hand`, once for a run's id; that id. Raises `Forbidden` and `StartInvalid`."""
    who.require("operate")
    await engine.live.refresh()
    run = started_by_hand(engine.live, rule, args)
    run = msgspec.structs.replace(run, id=run_id or run.id)
    origin, told = Origin(None, values.encode(args)), Told("run.started", str(run.id), {"rule": rule})
    await audited(engine, who, lambda: engine.store.begin(run, origin), lambda _: told)
    engine.bell.ring()
    return run.id
