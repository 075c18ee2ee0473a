"""What nobody does any more, or not fast enough: workers that fell silent, calls that take long, work that lies.

Owns when one of these is told of. Every worker looks; what it finds has a key, so that the store takes it in once. Who
was cut off itself does not judge the others: when the database was away, everybody seems to have been silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from treadle.runtime.announcing import Announcer, event_of, worker_entity
from treadle.runtime.builtin.events import LostWorker, SlowJob
from treadle.runtime.clock import StoreClock, steady
from treadle.runtime.pacing import Timing
from treadle.runtime.ports import Arrival, SlowWork, Store, StoreDown, WorkerRow

_LATE_EVERY = 60.0  # seconds between two events about work that lies


class Contact:
    """Whether this worker has been in touch with the store without a break, for as long as it judges others by."""

    def __init__(self, silent: float) -> None:
        self._silent = silent
        self._since = self._last = steady()

    def made(self) -> None:
        """The store has just been told that this worker lives."""
        now = steady()
        if now - self._last > self._silent / 2:
            self._since = now
        self._last = now

    def unbroken(self) -> bool:
        """Whether who is silent now was not merely cut off together with us."""
        now = steady()
        return now - self._last <= self._silent / 2 and now - self._since >= self._silent


class Watch:
    """Looks and tells. `wake` is called when there may be something to do then."""

    def __init__(
        self, store: Store, announcer: Announcer, clock: StoreClock, timing: Timing, wake: Callable[[], None]
    ) -> None:
        self.contact = Contact(timing.silent)
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._timing = timing
        self._wake = wake

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._timing.look)
            try:
                await self.look()
            except StoreDown:
                continue
            except Exception as error:
                structlog.get_logger("treadle.watch").error("watching_failed", exc_info=error)

    async def look(self) -> None:
        """Tell of what is to be seen now. Raises what the store raises."""
        lost = await self._store.silent(self._timing.silent) if self.contact.unbroken() else []
        slow = await self._store.slow(self._timing.slow)
        told = [self._lost(each) for each in lost]
        told += [arrival for each in slow if (arrival := await self._slow(each)) is not None]
        if told:
            await self._store.accept([], told)
            self._wake()
        for each in lost:
            await self._store.sign_off(each.id)

    def _lost(self, worker: WorkerRow) -> Arrival:
        seen = worker.seen_at
        data = LostWorker(
            name=worker.name, worker=str(worker.id), last_seen_at=seen, claimed=worker.claimed, at=self._clock.now()
        )
        key = f"{worker.id}/{seen.isoformat()}"
        return self._announcer.alone("worker_lost", data, worker_entity(worker.id), key=key)

    async def _slow(self, work: SlowWork) -> Arrival | None:
        run = await self._store.run(work.run_id)
        if run is None:
            return None
        now = self._clock.now()
        duration = timedelta(seconds=round(work.seconds, 3))
        data = SlowJob(rule=run.rule, duration=duration, run=str(run.id), step=work.node, at=now)
        key = str(work.step_id) if work.step_id else f"late/{int(now.timestamp() // _LATE_EVERY)}"
        return await self._announcer.about(run, await event_of(self._store, run), "job_slow", data, key=key)
