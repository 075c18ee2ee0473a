"""The store as a process sees it: over a network that fails. Owns when a statement takes effect and what is told.

A statement that takes effect does so at one moment between the asking and the answer; whoever is killed or frozen on
either side of it has asked nothing or has done it. One that was given up may take effect all the same, later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from random import Random
from typing import Any
from uuid import UUID

from simulator.faults import Faults
from simulator.loop import Loop
from treadle.runtime.ports import StoreDown
from treadle.runtime.store.memory import MemoryStore


class RemoteStore:
    """`ports.Store`, whose every method goes over the network. When it is `gone` nobody is to ask any more."""

    def __init__(self, store: MemoryStore, faults: Faults, loop: Loop, dice: Random) -> None:
        self.workspace_id = store.workspace_id
        self._store = store
        self._faults = faults
        self._loop = loop
        self._dice = dice
        self.gone = False

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._store, name)

        def ask(*args: Any, **more: Any) -> _Asked:
            if self.gone:
                raise StoreDown
            return _Asked(lambda: self._ask(lambda: method(*args, **more)))

        setattr(self, name, ask)
        return ask

    async def _ask(self, act: Callable[[], Awaitable[Any]]) -> Any:
        fails, slow_way = self._faults.statement(), self._dice.random() < 0.5
        try:
            await asyncio.sleep(self._faults.latency() if slow_way else 0.0)
        except asyncio.CancelledError:
            if self._dice.random() < 0.5:  # it had left already
                self._loop.call_later(self._faults.latency(), at_once, act(), context=self._loop.world.context)
            raise
        if fails == "before":
            raise StoreDown
        answer = await act()
        await asyncio.sleep(0.0 if slow_way else self._faults.latency())
        if fails == "after":
            raise StoreDown
        return answer


class _Asked:
    """A question that may never be put, because whoever has it is killed."""

    def __init__(self, ask: Callable[[], Awaitable[Any]]) -> None:
        self._ask = ask

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._ask().__await__()


class RemoteRenewer:
    """`claimant.Renewer`: what the keeper's thread asks, which waits for the answer without giving way."""

    def __init__(self, store: MemoryStore, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def renew(self, worker: UUID, lease: float) -> int:
        """See `claimant.Renewer`."""
        fails = self._faults.statement()
        if fails == "before":
            raise StoreDown
        changed: int = at_once(self._store.renew(worker, lease))
        if fails == "after":
            raise StoreDown
        return changed


def at_once(act: Awaitable[Any]) -> Any:
    """What it answers that never waits."""
    try:
        act.__await__().send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the store in memory waits for nothing")
