"""How the installation is, asked now. Owns what counts as degraded, and that the answer comes soon whatever hangs."""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

import msgspec

from treadle.runtime.clock import steady
from treadle.runtime.firing import upcoming
from treadle.runtime.host import PluginReport
from treadle.runtime.patience import ASKED, patience
from treadle.runtime.ports import Load, Store, StoreDown, WorkerRow

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

T = TypeVar("T")

LATE = 30.0
"""Seconds that due work may lie before that is a fault."""
STUCK = timedelta(seconds=60)
"""A worker that holds runs and has not moved one of them for so long, while work is late, is stuck."""
SOON = 1.2
"""Seconds until a part that does not answer counts as down."""
RECENT, LASTS = 1.0, 10.0
"""Seconds for which figures are not asked for again, and for which the last ones do while nobody answers."""
_SILENT = timedelta(seconds=15)


class QueueHealth(msgspec.Struct, frozen=True):
    """The bell's queue; while it is down workers find work by themselves, half a second later."""

    kind: Literal["postgres", "redis"]
    ok: bool


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`degraded`: work is late, no worker lives, one is stuck, the queue is down or a plugin is broken.

    Times are in seconds. `stuck` names workers that answer and get nowhere while work is late. `catalogue_age_s` is how
    long ago a connected account was looked up, of all the longest; null when none ever was. `schedules_without_next`
    never fire again.
    """

    status: Literal["ok", "degraded", "down"]
    database: bool
    queue: QueueHealth
    due: int
    claimed: int
    oldest_due_s: float
    workers: list[WorkerRow]
    stuck: list[str]
    catalogue_age_s: float | None
    schedules_without_next: int
    plugins: list[PluginReport]
    version: str
    tzdata: str


class Found(msgspec.Struct, frozen=True):
    """What the store says about work: what there is to do, who works, and its time."""

    load: Load
    workers: list[WorkerRow]
    now: datetime

    def alive(self) -> list[WorkerRow]:
        """The workers that answer."""
        return [each for each in self.workers if self.now - each.seen_at < _SILENT]

    def stuck(self) -> list[str]:
        """Those that answer and get nowhere while work is late."""
        late = self.load.oldest_due > LATE
        return [each.name for each in self.alive() if late and self.now - each.progress_at > STUCK]


class Asking(Generic[T]):
    """A question that may hang: who asks while it is open shares the answer, and nobody waits longer than `SOON`."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._task: asyncio.Future[T] | None = None
        self._last: tuple[float, T] | None = None

    async def answer(self) -> T | None:
        """None when the answer did not come in time. Raises what the question raised."""
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._answered())
        await asyncio.wait({self._task}, timeout=SOON)
        return self._task.result() if self._task.done() else None

    async def recent(self) -> T | None:
        """The same, of a second ago where somebody asked then; while no answer comes, the last one for `LASTS`."""
        now = steady()
        if self._last is not None and now - self._last[0] < RECENT:
            return self._last[1]
        answer = await self.answer()
        if answer is None and self._last is not None and self._task is not None and not self._task.done():
            at, last = self._last
            return last if now - at < LASTS else None
        return answer

    async def _answered(self) -> T:
        answer = await self._ask()
        self._last = steady(), answer
        return answer


class Probe:
    """Asks the parts of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue = Asking(engine.bell.check)
        self._store = Asking(lambda: found_in(engine.store))
        self._without_next = (-1, -1, 0)

    async def found(self) -> Found | None:
        """What the store says; None when it cannot be reached, or does not answer in time."""
        return await self._store.answer()

    async def recent(self) -> Found | None:
        """The same for figures, which may be of a second ago, or while the store is slow of some seconds ago."""
        return await self._store.recent()

    async def health(self) -> Health:
        """How everything is; the store and the queue are asked at once."""
        works, found = await asyncio.gather(self._queue.answer(), self._store.answer())
        queue = QueueHealth(self._engine.bell.kind, bool(works))
        return _health(self._engine, queue, found, self._schedules_without_next())

    def _schedules_without_next(self) -> int:
        """Counted again after a publication, and each hour."""
        live, now = self._engine.live, self._engine.clock.now()
        changes, hour = live.changes, int(now.timestamp() // 3600)
        if self._without_next[:2] != (changes, hour):
            graphs = [graph for graph in live.graphs().values() if not live.is_off(graph)]
            never = [each for graph in graphs for each in graph.schedules if upcoming(graph.name, each, now) is None]
            self._without_next = (changes, hour, len(never))
        return self._without_next[2]


async def found_in(store: Store) -> Found | None:
    """None when the store cannot be reached."""
    patience.set(ASKED)
    try:
        return Found(await store.load(), await store.workers(), await store.now())
    except StoreDown:
        return None


def _health(engine: Engine, queue: QueueHealth, found: Found | None, without_next: int) -> Health:
    load = found.load if found else Load(0, 0, 0.0)
    return Health(
        status="down" if found is None else "degraded" if _degraded(engine, queue, found) else "ok",
        database=found is not None,
        queue=queue,
        due=load.due,
        claimed=load.claimed,
        oldest_due_s=load.oldest_due,
        workers=found.workers if found else [],
        stuck=found.stuck() if found else [],
        catalogue_age_s=_age(engine, engine.clock.now()),
        schedules_without_next=without_next,
        plugins=engine.host.reports,
        version=_version("treadle"),
        tzdata=_version("tzdata"),
    )


def _degraded(engine: Engine, queue: QueueHealth, found: Found) -> bool:
    late = found.load.oldest_due > LATE
    broken = any(each.error for each in engine.host.reports)
    return late or not found.alive() or bool(found.stuck()) or broken or not queue.ok


def _age(engine: Engine, now: datetime) -> float | None:
    looked_up = engine.connections.looked_up()
    return max(0.0, (now - looked_up).total_seconds()) if looked_up else None


@cache
def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
