"""Firing the schedules of the live rules, in every worker. Owns the loop and when it looks; what is due is `firing`'s.

Each planned instant is fired once, by whichever worker comes first. What is due is told by the store's clock, asked
each time that something seems to be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NoReturn

import structlog

from treadle.runtime.clock import StoreClock
from treadle.runtime.firing import Timetable
from treadle.runtime.live import LiveRules
from treadle.runtime.ports import Store, StoreDown

_SHORTEST = 0.02  # seconds; our clock may be a little before the store's


class Scheduler:
    """Fires what is due. `started` is called whenever runs were started."""

    def __init__(self, store: Store, live: LiveRules, clock: StoreClock, started: Callable[[], None]) -> None:
        self._store = store
        self._live = live
        self._clock = clock
        self._started = started
        self._timetable = Timetable(())
        self._changes = 0
        self._next: datetime | None = None

    @property
    def without_next(self) -> int:
        """How many live schedules never fire: should be none."""
        return self._timetable.without_next

    @property
    def next_at(self) -> datetime | None:
        """When something is due next, as far as it was looked up."""
        return self._next

    async def run(self, every: float) -> NoReturn:
        """Fire until it is cancelled. What is published is noticed within `every` seconds after `live` has it."""
        while True:
            try:
                pause = min(every, await self._look())
            except Exception as error:
                fault = None if isinstance(error, StoreDown) else error
                log = structlog.get_logger("treadle.scheduler")
                log.warning("firing_failed", error=type(error).__name__, exc_info=fault)
                pause = every
            await asyncio.sleep(pause)

    async def _look(self) -> float:
        """Fire what is due; seconds until something is due again."""
        if self._changes != self._live.changes:
            self._timetable, self._changes = Timetable(self._live.programs(), self._live), self._live.changes
            self._next = self._clock.now()
        if self._next is not None and self._next <= self._clock.now():
            self._clock.adjust(now := await self._store.now())
            if await self._timetable.fire(self._store, now):
                self._started()
            self._next = await self._timetable.next(self._store)
        if self._next is None:
            return float("inf")
        return max(_SHORTEST, (self._next - self._clock.now()).total_seconds())
