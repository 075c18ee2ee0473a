"""Hints: "look now", from one process to another. Owns the sending and hearing of one word that nobody keeps.

A hint costs one statement where a ring of the bell costs SAQ a dozen, so every commit that left work sends one. It is
sent apart from the commit, because a NOTIFY takes a lock of the whole database, and it may be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from treadle.runtime.database import Database, Pool

if TYPE_CHECKING:
    from redis.asyncio import Redis

CHANNEL = "treadle_work"
_PAUSE = 0.5  # seconds until a broken line is tried again

Wake = Callable[[], None]


class Hints(Protocol):
    """A line that all processes of an installation share."""

    async def send(self) -> None:
        """Say it. Raises whatever the line raises."""
        ...

    async def hear(self, wake: Wake) -> None:
        """Call `wake` for each hint, until cancelled. Raises when the line breaks."""
        ...


class PostgresHints:
    """Over NOTIFY. `pool` should not wait for the disk at a commit."""

    def __init__(self, database: Database, pool: Pool) -> None:
        self._database = database
        self._pool = pool

    async def send(self) -> None:
        """Say it."""
        async with self._pool.connection() as connection:
            await connection.execute("select pg_notify(%s, '')", [CHANNEL])

    async def hear(self, wake: Wake) -> None:
        """Call `wake` for each hint, over a connection of its own."""
        async for _ in self._database.notifications(CHANNEL):
            wake()


class RedisHints:
    """Over PUBLISH; `name` keeps installations on one server apart."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis: Any = redis
        self._channel = f"{CHANNEL}:{name}"

    async def send(self) -> None:
        """Say it."""
        await self._redis.publish(self._channel, "")

    async def hear(self, wake: Wake) -> None:
        """Call `wake` for each hint."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as line:
            await line.subscribe(self._channel)
            while True:
                if await line.get_message(timeout=5.0) is not None:
                    wake()


async def keep_hearing(hints: Hints, wake: Wake) -> None:
    """Hear for ever; a line that breaks is opened again, with a look at what may have been missed."""
    while True:
        try:
            await hints.hear(wake)
        except Exception:
            await asyncio.sleep(_PAUSE)
        wake()


class Paced:
    """Does `act`, which never raises, soon after `ask`: once in `gap` seconds at most, and again if asked meanwhile."""

    def __init__(self, act: Callable[[], Any], gap: float) -> None:
        self._act = act
        self._gap = gap
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Returns at once."""
        self._asked = True
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def settle(self, within: float) -> None:
        """Let what is under way end, for `within` seconds."""
        if self._task is not None:
            self._asked = False
            await asyncio.wait([self._task], timeout=within)

    async def _run(self) -> None:
        try:
            while self._asked:
                self._asked = False
                await self._act()
                await asyncio.sleep(self._gap)
        finally:
            self._task = None
