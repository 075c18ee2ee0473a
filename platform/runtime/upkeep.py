"""Upkeep: what is old or has run out goes, in every worker, a few rows at a time and never beside an event.

Owns when it looks and how it pauses. The store decides what may go, and lets one worker at a time do it; so no worker
is special, and each may die at any moment.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NoReturn
from uuid import UUID

import structlog

from treadle.runtime.ports import Store, StoreDown

_PAUSE = 0.05  # seconds between two commits, so that those who work come first

Forget = Callable[[int, UUID | None], Awaitable[UUID | None]]


class Upkeep:
    """Keeps so many days of history."""

    def __init__(self, store: Store, days: int, *, pause: float = _PAUSE) -> None:
        self._store = store
        self._days = days
        self._pause = pause

    async def run(self, every: float) -> NoReturn:
        """Do it every so many seconds, until it is cancelled. What fails keeps nothing else from being done."""
        while True:
            await asyncio.sleep(every * random.uniform(0.5, 1.5))  # workers that started together do not come together
            for part in self._parts():
                try:
                    await part()
                except Exception as error:
                    fault = None if isinstance(error, StoreDown) else error
                    log = structlog.get_logger("treadle.upkeep")
                    log.warning("upkeep_failed", error=type(error).__name__, exc_info=fault)

    async def once(self) -> None:
        """All that there is to do now. Raises `StoreDown`."""
        for part in self._parts():
            await part()

    def _parts(self) -> Sequence[Callable[[], Awaitable[object]]]:
        store, days = self._store, self._days
        return (
            partial(store.turn_days, days),
            partial(self._forget, store.forget_runs),
            partial(self._forget, store.forget_events),
            store.drop_publications,
            partial(store.forget_bulks, days),
            self._sweep,
        )

    async def _forget(self, forget: Forget) -> None:
        behind = await forget(self._days, None)
        while behind is not None:
            await asyncio.sleep(self._pause)
            behind = await forget(self._days, behind)

    async def _sweep(self) -> None:
        more = await self._store.sweep(self._days)
        while more:
            await asyncio.sleep(self._pause)
            more = await self._store.sweep(self._days)
