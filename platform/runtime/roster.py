"""Workers for all workspaces of an installation in one process: one for each in which there is something to do.

The first workspace always has its worker. Another one rests when nothing happens in it: then it has no worker, and one
question for all that rest, twice a second, tells which of them has become due. Owns who works and who rests; what a
worker does, it does as if it were alone, so one workspace with much to do takes no turn from another.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import structlog

from treadle.runtime.clock import steady
from treadle.runtime.lease import Keeping, in_thread
from treadle.runtime.pacing import Timing
from treadle.runtime.ports import StoreDown
from treadle.runtime.tasks import ended
from treadle.runtime.upkeep import Upkeep
from treadle.runtime.worker import Worker

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine
    from treadle.runtime.workspaces import Workspace

REST = 10.0
"""Seconds without work after which a workspace rests."""
UPKEEP = 900.0
"""Seconds between two upkeeps of a workspace that rests, more or less."""
_GAP = 0.05  # seconds between two looks, however often somebody rings
_SOON = timedelta(seconds=2)  # a schedule that fires so soon is waited for at work


class _At(msgspec.Struct):
    """A workspace at work."""

    worker: Worker
    stop: asyncio.Event
    task: asyncio.Task[None]


class _Resting(msgspec.Struct):
    """A workspace at rest: as it was then, when its next schedule fires, and when it is looked after."""

    seen: tuple[UUID | None, int]
    fires: datetime | None
    upkeep: float


class Roster:
    """All workers of a process. `engine` is that of the first workspace; the rest as for `Worker`."""

    def __init__(
        self,
        engine: Engine,
        name: str | None = None,
        *,
        timing: Timing | None = None,
        keeping: Keeping = in_thread,
        on_stuck: Callable[[float], None] | None = None,
        rest: float = REST,
    ) -> None:
        self._engine = engine
        self._here = engine.installation
        self._timing = timing or Timing()
        self._name, self._keeping, self._on_stuck = name, keeping, on_stuck
        self._rest = rest
        self._wake = asyncio.Event()
        self._at: dict[UUID, _At] = {}
        self._resting: dict[UUID, _Resting] = {}
        self._tidying: asyncio.Task[None] | None = None

    def at_work(self) -> set[UUID]:
        """The workspaces beside the first one that have a worker now."""
        return set(self._at)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop`; then each worker ends as a worker does."""
        others = asyncio.create_task(self._run_others(stop), name="roster")
        try:
            await self._worker(self._engine).run(stop)
        finally:
            if not stop.is_set():
                others.cancel()
            await asyncio.wait({others})

    def _worker(self, engine: Engine) -> Worker:
        return Worker(engine, self._name, timing=self._timing, keeping=self._keeping, on_stuck=self._on_stuck)

    async def _run_others(self, stop: asyncio.Event) -> None:
        try:
            async with self._engine.bell.answering(self._wake.set):
                while not stop.is_set():
                    self._wake.clear()
                    await self._look_safely()
                    await self._pause(stop)
        finally:
            if self._tidying is not None:
                await ended(self._tidying)
            for each in self._at.values():
                each.stop.set()
            await asyncio.gather(*(each.task for each in self._at.values()), return_exceptions=True)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Until somebody rings, or it is time to look; never longer than the stop takes to be seen."""
        waits = [asyncio.ensure_future(each.wait()) for each in (self._wake, stop)]
        await asyncio.wait(waits, timeout=self._timing.poll, return_when=asyncio.FIRST_COMPLETED)
        await ended(*waits)
        await asyncio.sleep(_GAP)

    async def _look_safely(self) -> None:
        try:
            await self._look()
        except StoreDown:
            return
        except Exception as error:
            structlog.get_logger("treadle.roster").error("looking_failed", exc_info=error)

    # --- who works, who rests -----------------------------------------------------------------------------------------

    async def _look(self) -> None:
        others = {id_: row for id_, row in self._here.known.items() if id_ != self._engine.store.workspace_id}
        self._gather()
        for id_, row in others.items():
            if id_ not in self._at and id_ not in self._resting:
                self._lay_down(id_, row, fires=self._engine.clock.now() if row.live else None)
        idle = [id_ for id_, each in self._at.items() if each.worker.idle() > self._rest]
        if not self._resting and not idle:
            return
        due = await self._here.due()
        for id_ in idle:
            if id_ not in due and not self._soon(self._at[id_].worker.fires_next()):
                self._at[id_].stop.set()
        for id_, resting in list(self._resting.items()):
            row_ = others.get(id_)
            if row_ and (id_ in due or (row_.live, row_.changed) != resting.seen or self._soon(resting.fires)):
                await self._begin(id_)
        self._tidy()

    def _soon(self, at: datetime | None) -> bool:
        return at is not None and at - self._engine.clock.now() < _SOON

    async def _begin(self, id: UUID) -> None:
        """Put a worker to the workspace."""
        engine = await self._here.opened(id)
        self._resting.pop(id, None)
        if engine is None:
            return
        stop, worker = asyncio.Event(), self._worker(engine)
        task = asyncio.create_task(worker.run(stop), name=f"worker {id}")
        task.add_done_callback(lambda _: self._wake.set())
        self._at[id] = _At(worker, stop, task)

    def _gather(self) -> None:
        """Lay those down whose worker has ended; one that broke begins anew with the next look."""
        for id_, each in list(self._at.items()):
            if not each.task.done():
                continue
            del self._at[id_]
            broke = None if each.task.cancelled() else each.task.exception()
            if broke is not None:
                structlog.get_logger("treadle.roster").error("worker_broke", workspace=str(id_), exc_info=broke)
            fires = self._engine.clock.now() if broke else each.worker.fires_next()
            if (row := self._here.known.get(id_)) is not None:
                self._lay_down(id_, row, fires=fires)

    def _lay_down(self, id: UUID, row: Workspace, *, fires: datetime | None) -> None:
        after = steady() + UPKEEP * random.uniform(0.5, 1.5)
        self._resting[id] = _Resting((row.live, row.changed), fires, after)

    # --- looking after those that rest --------------------------------------------------------------------------------

    def _tidy(self) -> None:
        """Begin the upkeep of the one whose turn is longest over; one at a time."""
        if self._tidying is not None and not self._tidying.done():
            return
        turn = min(self._resting, key=lambda id_: self._resting[id_].upkeep, default=None)
        if turn is not None and self._resting[turn].upkeep <= steady():
            self._resting[turn].upkeep = steady() + UPKEEP * random.uniform(0.5, 1.5)
            self._tidying = asyncio.create_task(self._tidy_one(turn), name="upkeep at rest")

    async def _tidy_one(self, id: UUID) -> None:
        try:
            if (engine := await self._here.opened(id)) is not None:
                await Upkeep(engine.store, engine.settings.retention_days).once()
        except Exception as error:
            fault = None if isinstance(error, StoreDown) else error
            log = structlog.get_logger("treadle.roster")
            log.warning("upkeep_failed", workspace=str(id), error=type(error).__name__, exc_info=fault)
