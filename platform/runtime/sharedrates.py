"""Rates that hold across processes: `net.rates.RateLimiter` over the store. Owns how seldom the store is asked.

The places are the store's. A connection's places only ever move later, so the last answer is a bound that this process
need not ask about again: when a rate is used up, a rush of calls costs no queries.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from treadle.runtime.clock import steady
from treadle.runtime.net.rates import SLACK, Rate
from treadle.runtime.ours import DATABASE
from treadle.runtime.ports import Store, StoreDown
from treadle.sdk.failures import NotSent


class SharedRates:
    """The bound for all processes of a workspace. A key is the connection's id."""

    def __init__(self, store: Store, clock: Callable[[], float] = steady) -> None:
        self._store = store
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._earliest: dict[str, float] = {}

    async def take(self, key: str, rate: Rate, within: float) -> float:
        """As the port says."""
        # Takers of one connection wait here and not for its row: there each would hold a connection to the database.
        async with self._turns[key]:
            now = self._clock()
            wait = self._earliest.get(key, now) - now
            if wait > within:
                return wait
            wait = await self._ask(key, rate, within)
            self._earliest[key] = now + wait
            return wait

    async def _ask(self, key: str, rate: Rate, within: float) -> float:
        try:
            return await self._store.take_place(UUID(key), rate.count, rate.period + SLACK, within)
        except StoreDown as error:
            message = "the rate of this connection is kept in the database, which cannot be reached; nothing was sent"
            raise NotSent(message, code=DATABASE) from error
