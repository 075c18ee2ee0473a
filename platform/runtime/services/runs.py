"""Runs: who may look at them and who may start one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.ports import Resolution, RunFilter, RunRow, StoredStep
from treadle.runtime.resolving import doubts
from treadle.runtime.services.audit import noted


class RunFound(msgspec.Struct, frozen=True, kw_only=True):
    """All that is recorded about a run. `graphs` are those that it was on, each from its instant on, None for one that
    is gone; `doubts` are the steps that wait for a person to say what became of them.
    """

    row: RunRow
    steps: list[StoredStep]
    graphs: list[tuple[datetime, Graph | None]]
    doubts: list[StoredStep]
    resolutions: list[Resolution]
    retry_of: UUID | None


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
    steps, origin = await store.steps(run_id), await store.origin(run_id)
    return RunFound(
        row=row,
        steps=steps,
        graphs=[(since, await _graph(engine, version)) for since, version in await store.versions(run_id)],
        doubts=await doubts(store, run_id, steps),
        resolutions=await store.resolutions(run_id),
        retry_of=origin.retry_of if origin else None,
    )


async def _graph(engine: Engine, version: str) -> Graph | None:
    stored = await engine.store.graph(version)
    return msgspec.json.decode(stored, type=Graph) if stored else None


async def as_test(engine: Engine, who: Principal, run_id: UUID) -> str:
    """The text of a `test` block that lets the run happen again. Raises `Forbidden`, `KeyError` and `Untold`."""
    who.require("read")
    from treadle.runtime.trials.history import run_as_test

    return await run_as_test(engine.store, engine.live, await engine.world(), run_id)


async def started(engine: Engine, who: Principal, rule: str, args: Mapping[str, Any]) -> UUID:
    """Start a rule that is `by hand`; the run's id. Raises `Forbidden` and `StartInvalid`."""
    who.require("operate")
    run = await engine.start_by_hand(rule, args)
    await noted(engine, who, "run.started", str(run), {"rule": rule})
    return run
