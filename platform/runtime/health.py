"""How the installation is, asked now. Owns what counts as degraded."""

from __future__ import annotations

import importlib.metadata
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal

import msgspec

from treadle.runtime.host import PluginReport
from treadle.runtime.ports import Load, StoreDown, WorkerRow

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

LATE = 30.0
"""Seconds that due work may lie before that is a fault."""
_SILENT = timedelta(seconds=15)


class QueueHealth(msgspec.Struct, frozen=True):
    """The bell's queue; while it is down workers find work by themselves, half a second later."""

    kind: Literal["postgres", "redis"]
    ok: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`degraded`: work is late, no worker lives, the queue is down or a plugin is broken. Times in seconds."""

    status: Literal["ok", "degraded", "down"]
    database: bool
    queue: QueueHealth
    due: int
    claimed: int
    oldest_due_s: float
    workers: list[WorkerRow]
    plugins: list[PluginReport]
    version: str
    tzdata: str


async def health_of(engine: Engine) -> Health:
    """Ask the database and the queue."""
    queue = QueueHealth(engine.bell.kind, await engine.bell.check())
    try:
        load, workers, now = await engine.store.load(), await engine.store.workers(), await engine.store.now()
    except StoreDown:
        return _health(engine, "down", queue, Load(0, 0, 0.0), [])
    return _health(engine, _status(engine, queue, load, workers, now), queue, load, workers)


def _status(
    engine: Engine, queue: QueueHealth, load: Load, workers: list[WorkerRow], now: datetime
) -> Literal["ok", "degraded"]:
    late = load.oldest_due > LATE
    alive = any(now - each.seen_at < _SILENT for each in workers)
    broken = any(each.error for each in engine.host.reports)
    return "degraded" if late or not alive or broken or not queue.ok else "ok"


def _health(
    engine: Engine,
    status: Literal["ok", "degraded", "down"],
    queue: QueueHealth,
    load: Load,
    workers: list[WorkerRow],
) -> Health:
    return Health(
        status=status,
        database=status != "down",
        queue=queue,
        due=load.due,
        claimed=load.claimed,
        oldest_due_s=load.oldest_due,
        workers=workers,
        plugins=engine.host.reports,
        version=_version("treadle"),
        tzdata=_version("tzdata"),
    )


@cache
def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
