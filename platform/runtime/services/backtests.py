"""Backtests: who may ask what other rules would have made of the past, and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.backtest.jobs import Backtest, Jobs, NewJob
from treadle.runtime.backtest.process import start_process
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.drafts.records import Drafts
from treadle.runtime.engine import Engine
from treadle.runtime.services.audit import Told, audited

LONGEST = timedelta(days=366)
"""Of a span."""


class BacktestInvalid(Exception):
    """This cannot be replayed. One sentence that says why."""


class BacktestUnknown(Exception):
    """There is no such backtest."""


class BacktestRunning(Exception):
    """Another one is at work in this workspace, or this one is; one at a time."""


class BacktestOver(Exception):
    """It is over, so it can neither be cancelled nor be started again."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried. `files` are texts by path, over the published ones, None for one that is gone; None for all
    drafts. `against` is the publication that it is compared with, the live one without it.
    """

    since: datetime
    until: datetime | None = None
    files: Mapping[str, str | None] | None = None
    rules: tuple[str, ...] = ()
    against: UUID | None = None


class BacktestFound(msgspec.Struct, frozen=True):
    """A backtest with what came of it so far."""

    job: Backtest
    result: Backtested | None


async def begun(engine: Engine, who: Principal, id: UUID, asked: Asked) -> Backtest:
    """Begin one. The same id again is the same backtest. Raises `Forbidden`, `BacktestInvalid`, `BacktestRunning`."""
    who.require("edit")
    jobs = _jobs(engine)
    if (known := await jobs.one(id)) is not None:
        return known
    new = await _new(engine, who, id, asked)
    told = Told("backtest.begun", str(id), {"since": str(new.since), "rules": list(new.rules)})
    if not await audited(engine, who, lambda: jobs.begin(new), lambda begun: told if begun else None):
        raise BacktestRunning
    return await _started(engine, jobs, id)


async def begun_again(engine: Engine, who: Principal, id: UUID) -> Backtest:
    """Begin one anew that did not come to its end. Raises `Forbidden`, `BacktestUnknown`, `BacktestRunning` and
    `BacktestOver`.
    """
    who.require("edit")
    jobs = _jobs(engine)
    job = await _one(jobs, id)
    if job.state == "done":
        raise BacktestOver
    told = Told("backtest.begun_again", str(id))
    if not await audited(engine, who, lambda: jobs.restart(id), lambda begun: told if begun else None):
        raise BacktestRunning
    return await _started(engine, jobs, id)


async def listed(engine: Engine, who: Principal, before: UUID | None, limit: int) -> list[Backtest]:
    """Backtests of the last 30 days, newest first. Raises `Forbidden`."""
    who.require("read")
    return await _jobs(engine).page(before, limit)


async def found(engine: Engine, who: Principal, id: UUID) -> BacktestFound:
    """How far it is, and what came of it. Raises `Forbidden` and `BacktestUnknown`."""
    who.require("read")
    jobs = _jobs(engine)
    return BacktestFound(await _one(jobs, id), await jobs.result(id))


async def cancelled(engine: Engine, who: Principal, id: UUID) -> Backtest:
    """Have it end. Raises `Forbidden`, `BacktestUnknown` and `BacktestOver`."""
    who.require("edit")
    jobs = _jobs(engine)
    await _one(jobs, id)
    told = Told("backtest.cancelled", str(id))
    if not await audited(engine, who, lambda: jobs.cancel(id), lambda done: told if done else None):
        raise BacktestOver
    return await _one(jobs, id)


async def _new(engine: Engine, who: Principal, id: UUID, asked: Asked) -> NewJob:
    await engine.live.refresh()
    now = await engine.store.now()
    until = min(asked.until or now, now)
    if asked.since >= until:
        raise BacktestInvalid("`since` has to be before `until`, and in the past")
    if until - asked.since > LONGEST:
        raise BacktestInvalid(f"a span may be {LONGEST.days} days long at most")
    against = asked.against or engine.live.publication
    if against is None:
        raise BacktestInvalid("nothing is published yet, so there is nothing to compare with")
    published = await engine.store.publication(against)
    if published is None:
        raise BacktestInvalid(f"there is no publication {against}")
    files = asked.files
    if files is None:
        working = await Drafts(engine.database.pool, engine.store.workspace_id).texts()
        files = {path: working.get(path) for path in {*published.sources, *working}}
    changed = {
        path: text for path, text in placed(files, published.sources).items() if published.sources.get(path) != text
    }
    return NewJob(
        id=id, publication=against, since=asked.since, until=until, who=who.name, rules=asked.rules, files=changed
    )


def placed(files: Mapping[str, str | None], published: Mapping[str, str]) -> dict[str, str | None]:
    """The files under the paths that they were published under: one that is there under no other folder is that one."""
    return {_place(path, published, files): text for path, text in files.items()}


def _place(path: str, published: Mapping[str, str], files: Mapping[str, str | None]) -> str:
    if path in published:
        return path
    near = [
        each
        for each in published
        if each not in files and (f"/{each}".endswith(f"/{path}") or f"/{path}".endswith(f"/{each}"))
    ]
    return near[0] if len(near) == 1 else path


async def _started(engine: Engine, jobs: Jobs, id: UUID) -> Backtest:
    job = await _one(jobs, id)
    await start_process(engine, jobs, job)
    return job


async def _one(jobs: Jobs, id: UUID) -> Backtest:
    job = await jobs.one(id)
    if job is None:
        raise BacktestUnknown
    return job


def _jobs(engine: Engine) -> Jobs:
    return Jobs(engine.database.pool, engine.store.workspace_id)
