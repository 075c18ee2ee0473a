"""The bell: a SAQ job that says "there is work", and nothing more. Owns SAQ; the truth about work is in the store.

A ring carries no payload and may be lost: workers look by themselves every half second. It is never awaited by whoever
has just committed. A ring costs SAQ a dozen statements, so a process rings seldom, and not again while its last ring
lies there untaken; what is quick is the hint (`hints`) that goes with every commit. Everything that SAQ would decide
by default is set here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import structlog

from treadle.runtime.database import Database
from treadle.runtime.hints import Hints, Paced, PostgresHints, RedisHints, Wake, keep_hearing
from treadle.runtime.ids import new_id
from treadle.runtime.settings import Settings
from treadle.runtime.tasks import ended

if TYPE_CHECKING:
    from saq.queue import Queue

FUNCTION = "drain"
_RING: dict[str, Any] = {"timeout": 10, "retries": 2, "ttl": -1}  # seconds; a finished ring is deleted at once
GAP = 0.5
"""Seconds between two rings of one process."""
HINT_GAP = 0.004
"""Seconds between two hints of one process: busy, it hints at a worker that is awake anyway."""
_PATIENCE = 2.0  # seconds that one ring may take

T = TypeVar("T")


class Bell:
    """`ring` from anywhere in the loop; `answering` runs SAQ's worker, which calls `wake` for each ring."""

    def __init__(self, queue: Queue, hints: Hints, kind: Literal["postgres", "redis"], concurrency: int) -> None:
        self.kind = kind
        self._queue = queue
        self._hints = hints
        self._concurrency = concurrency
        self._here: set[Wake] = set()
        self._ringing = Paced(self._ring, GAP)
        self._hinting = Paced(self._hint, HINT_GAP)
        self._last: str | None = None
        self._untaken = False
        self.ok = True
        """Whether the last ring went through."""

    # --- ringing ----------------------------------------------------------------------------------------------------

    def ring(self) -> None:
        """There is work. Wakes a worker in this process at once and any other through the queue; never waits."""
        self._wake_all()
        if not self._here:
            self._hinting.ask()
        self._ringing.ask()

    def _wake_all(self) -> None:
        for wake in self._here:
            wake()

    async def _hint(self) -> None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_PATIENCE):
                await self._hints.send()

    async def _ring(self) -> None:
        if self._untaken:
            await self._look()  # perhaps somebody has come since
        if not self._untaken:
            key = str(new_id())
            if await self._asked(self._queue.enqueue(FUNCTION, key=key, **_RING)) is not None:
                self._last, self._untaken = key, True

    async def _look(self) -> None:
        """Whether our last ring still lies there: then nobody has come, and another would not help."""
        if self._untaken and self._last is not None:
            job = await self._asked(self._queue.job(self._last))
            self._untaken = job is not None and job.status in ("new", "queued")

    async def _asked(self, asking: Awaitable[T]) -> T | None:
        """What the queue answers; None, and one line in the log, when it is down."""
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await asking
            self.ok = True
            return answer
        except Exception as error:
            if self.ok:
                structlog.get_logger("treadle.bell").warning("queue_down", queue=self.kind, error=type(error).__name__)
            self.ok = False
            return None

    async def check(self) -> bool:
        """Whether the queue answers just now."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_PATIENCE):
                await self._queue.count("queued")
                return True
        return False

    async def close(self) -> None:
        """Let a ring that is under way end."""
        await self._hinting.settle(_PATIENCE)
        await self._ringing.settle(_PATIENCE)

    # --- answering --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def answering(self, wake: Wake) -> AsyncIterator[None]:
        """While inside, rings and hints of any process call `wake` here. Who comes first hears for all."""
        self._here.add(wake)
        if len(self._here) > 1:
            try:
                yield
            finally:
                self._here.discard(wake)
            return
        worker = self._worker(self._wake_all)
        hearing = asyncio.create_task(keep_hearing(self._hints, self._wake_all), name="hints")
        task = asyncio.create_task(worker.start(), name="saq")
        try:
            yield
        finally:
            self._here.discard(wake)
            await ended(hearing)
            await worker.stop()
            await asyncio.wait([task], timeout=_PATIENCE)

    def _worker(self, wake: Wake) -> Any:
        from saq.worker import Worker

        async def drain(_: Any) -> None:
            wake()

        class RingWorker(Worker[Any]):
            """Leaves the process's signals alone: they belong to whoever runs us."""

            SIGNALS: list[Any] = []  # noqa: RUF012

            async def stop(self) -> None:
                """As SAQ does; upkeep that swallowed its cancel, and would sleep on for 15 s, is cancelled again."""
                tasks, stopping = list(self.tasks), asyncio.ensure_future(super().stop())
                while not (await asyncio.wait([stopping], timeout=0.2))[0]:
                    for task in tasks:
                        task.cancel()
                await stopping

        return RingWorker(
            self._queue,
            [(FUNCTION, drain)],
            concurrency=self._concurrency,
            timers={"schedule": 1, "worker_info": 15, "sweep": 30, "abort": 5},
            dequeue_timeout=5,
        )


@asynccontextmanager
async def open_bell(settings: Settings, database: Database) -> AsyncIterator[Bell]:
    """The bell on Redis with REDIS_URL, else on Postgres. A queue that is down fails nobody, now or later."""
    if settings.redis_url:
        opened = _redis(settings.redis_url, settings.queue_name)
    else:
        opened = _postgres(settings.queue_name, database)
    async with opened as (queue, hints):
        bell = Bell(queue, hints, "redis" if settings.redis_url else "postgres", settings.job_concurrency)
        try:
            yield bell
        finally:
            await bell.close()


@asynccontextmanager
async def _redis(url: str, name: str) -> AsyncIterator[tuple[Queue, Hints]]:
    from redis.asyncio import from_url
    from saq.queue.redis import RedisQueue

    class RingQueue(RedisQueue):
        """SAQ's, with a pause after a failure: its worker asks again at once."""

        async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Any:  # noqa: ASYNC109 - SAQ has it so
            with _patience():
                return await super().dequeue(timeout, poll_interval)
            return await asyncio.sleep(0.5)

        async def listen(self, *_: Any, **__: Any) -> None:
            """Nobody waits for what becomes of a ring. SAQ's line for that asks a lost Redis again and again without
            a pause, so that nothing else in the process moves any more.
            """

    redis = from_url(url, socket_connect_timeout=2, socket_timeout=15)
    queue = RingQueue(redis, name=name)
    try:
        yield queue, RedisHints(redis, name)
    finally:
        with contextlib.suppress(Exception):
            await queue.disconnect()


@asynccontextmanager
async def _postgres(name: str, database: Database) -> AsyncIterator[tuple[Queue, Hints]]:
    from saq.queue.postgres import PostgresQueue

    class RingQueue(PostgresQueue):
        """SAQ's, on tables that a migration made, with a pause after a failure: its worker asks again at once."""

        async def init_db(self) -> None:
            """The app's role may not make tables."""

        async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Any:  # noqa: ASYNC109 - SAQ has it so
            began = time.monotonic()
            with _patience():
                if (job := await super().dequeue(timeout, poll_interval)) is not None:
                    return job
                if time.monotonic() - began > 0.5:
                    return None
            return await asyncio.sleep(0.5)

    pool: Any = database.queue_pool()
    await pool.open(wait=False)
    queue = RingQueue(pool=pool, name=name, manage_pool_lifecycle=False)
    try:
        await queue.connect()
        yield queue, PostgresHints(database, pool)
    finally:
        await queue.disconnect()
        await pool.close(timeout=_PATIENCE)


def _patience() -> contextlib.suppress:
    return contextlib.suppress(Exception)
