"""Figures over time, and how it stands now."""

from __future__ import annotations

from datetime import datetime

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.figures.adding import add_up
from treadle.runtime.figures.reading import Point, Reading, SpanInvalid, span
from treadle.runtime.ports import StoreDown

__all__ = ["Now", "SpanInvalid", "Stats", "stats"]


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands: runs that are due and for how long the oldest of them (seconds), runs in a worker's hands, runs
    that wait because nobody knows whether a call went through, workers that answer.
    """

    due: int
    oldest_due_s: float
    claimed: int
    unknown: int
    workers: int


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of `step` seconds from `since` on, without those in which nothing happened."""

    since: datetime
    until: datetime
    step: int
    points: list[Point]
    now: Now


async def stats(
    engine: Engine, who: Principal, since: datetime | None, until: datetime | None, step: int | None
) -> Stats:
    """What happened between the two, and how it stands. Raises `Forbidden`, `SpanInvalid` and `StoreDown`."""
    who.require("read")
    asked = span(since, until, step, engine.clock.now())
    found = await engine.probe.recent()
    if found is None:
        raise StoreDown("the database does not answer")
    pool, workspace = engine.database.pool, engine.database.store.workspace_id
    reading, load = Reading(pool, workspace), found.load
    await add_up(pool, workspace, engine.host.costs())
    now = Now(
        due=load.due,
        oldest_due_s=load.oldest_due,
        claimed=load.claimed,
        unknown=await reading.unknown(),
        workers=len(found.alive()),
    )
    points = await reading.points(asked)
    return Stats(since=asked.since, until=asked.until, step=asked.step, points=points, now=now)
