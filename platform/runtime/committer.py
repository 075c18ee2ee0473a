"""Group commits: everything that waits to be written goes in one write, while one write runs the next group gathers.

Owns the gathering and the handing back of results; knows nothing of what is written. This is what makes a durable write
cheap: at low load a group is one item and waits for nothing, at high load it grows by itself.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from treadle.runtime.clock import steady
from treadle.runtime.ports import StoreDown

T = TypeVar("T")
R = TypeVar("R")

_PAUSES = (0.05, 0.2, 0.3)  # seconds between tries when the store is down; the writes are repeated by id
_PATIENCE = 1.0  # seconds


class Committer(Generic[T, R]):
    """`write` takes a group and answers one result per item, in order. A group that fails is written again in halves,
    so that a failure is in the end only that of the items that cause it; a store that is down is everybody's failure,
    also of those who wait meanwhile: each of them would wait as long again.

    `largest` bounds a group. `patient` repeats a group a few times while the store says at once that it is down, within
    about a second; one that did not answer for so long is not asked again.
    """

    def __init__(
        self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]], *, largest: int = 256, patient: bool = True
    ) -> None:
        self._write = write
        self._largest = largest
        self._pauses = _PAUSES if patient else ()
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: T) -> R:
        """Write it; returns when it is durable. Raises what the write raised."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        return await future

    async def settle(self) -> None:
        """Returns when nothing waits any more."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(0)  # lets everybody who is ready in this turn of the loop join the group
                count = min(len(self._waiting), self._largest)
                await self._commit([self._waiting.popleft() for _ in range(count)])
        finally:
            self._task = None
            for _, future in self._waiting:
                future.cancel()
            self._waiting.clear()

    async def _commit(self, group: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            results = await self._tried([item for item, _ in group])
        except asyncio.CancelledError:
            for _, future in group:
                future.cancel()
            raise
        except StoreDown as error:
            _fail([*group, *self._waiting], error)
            self._waiting.clear()
        except Exception as error:
            await self._halve(group, error)
        else:
            for (_, future), result in zip(group, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def _halve(self, group: list[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
        """One item that cannot be written must not take its neighbours with it."""
        if len(group) == 1:
            _fail(group, error)
            return
        middle = len(group) // 2
        await self._commit(group[:middle])
        await self._commit(group[middle:])

    async def _tried(self, items: Sequence[T]) -> Sequence[R]:
        began = steady()
        for pause in self._pauses:
            try:
                return await self._written(items)
            except StoreDown:
                if steady() - began > _PATIENCE:
                    raise
                await asyncio.sleep(pause * (0.5 + random.random()))
        return await self._written(items)

    async def _written(self, items: Sequence[T]) -> Sequence[R]:
        results = await self._write(items)
        if len(results) != len(items):
            raise RuntimeError(f"a write of {len(items)} items answered {len(results)} results")
        return results


def _fail(group: Sequence[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)
