"""The sender of deliveries: at a steady rate, some twice, some merged, some in the wrong order; again until taken.

What it sends is decided by a seed (`Orders`, pure); each POST is noted with its answer.
"""

from __future__ import annotations

import asyncio
import heapq
import random
import time
from typing import Any

import aiohttp
import msgspec

from chaos.records import Post

Item = dict[str, Any]
PER_CUSTOMER = 5
_PAUSE = 1.0  # seconds after which what was not taken is sent again


class Orders:
    """What is delivered, tick by tick. Each order is placed once and, mostly, changed some seconds later."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._later: list[tuple[float, int, tuple[Item, ...]]] = []
        self._count = 0
        self._last = 0

    def tick(self, now: float) -> list[tuple[Item, ...]]:
        """The deliveries of this moment; `now` in seconds, not going back."""
        self._last += 1
        placed: Item = {"kind": "placed", "id": self._last, "total": self._last // PER_CUSTOMER}
        changed: Item = {"kind": "changed", "id": self._last, "version": "v2"}
        found: list[tuple[Item, ...]] = []
        roll = self._chance.random()
        if roll < 0.1:
            self._put(now + self._chance.uniform(0.2, 3), placed)
            found.append((changed,))
        elif roll < 0.2:
            found.append((placed, changed))
        else:
            found.append((placed,))
            if roll < 0.9:
                self._put(now + self._chance.uniform(0.2, 8), changed)
        if self._chance.random() < 0.1:
            self._put(now + self._chance.uniform(0, 20), *found[0])
        while self._later and self._later[0][0] <= now:
            found.append(heapq.heappop(self._later)[2])
        return found

    def _put(self, at: float, *items: Item) -> None:
        self._count += 1
        heapq.heappush(self._later, (at, self._count, items))


class Sender:
    """Posts to a hook. `posts` is its log."""

    def __init__(self, hook: str, orders: Orders) -> None:
        self._hook = hook
        self._orders = orders
        self.posts: list[Post] = []

    async def run(self, seconds: float, rate: float) -> None:
        """So many ticks a second for so long; returns when everything was taken."""
        loop, began = asyncio.get_running_loop(), time.monotonic()
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for number in range(round(seconds * rate)):
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                for items in self._orders.tick(loop.time()):
                    group.create_task(self._deliver(session, msgspec.json.encode(items)))

    async def _deliver(self, session: aiohttp.ClientSession, body: bytes) -> None:
        taken = await self._post(session, body)
        while not taken:
            await asyncio.sleep(_PAUSE)
            taken = await self._post(session, body)

    async def _post(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        at, status, again = time.time(), None, False
        events: tuple[str, ...] = ()
        try:
            async with session.post(self._hook, data=body, headers={"content-type": "application/json"}) as answer:
                status, again = answer.status, "Retry-After" in answer.headers
                if status == 202:
                    events = tuple(msgspec.json.decode(await answer.read())["events"])
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = None
        self.posts.append(Post(at=at, took=time.time() - at, status=status, retry_after=again, events=events))
        return status == 202
