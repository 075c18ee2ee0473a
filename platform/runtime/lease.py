"""Leases: how long this worker may still act for a run. Owns the deadlines and the thread that prolongs them.

A lease is prolonged from a thread with a connection of its own, so that a busy loop does not lose its runs, and only
while the loop shows progress, so that a stuck one does. Deadlines are counted from before the statement was sent, on a
clock that no one sets: what this process believes is never longer than what the store granted.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import structlog

from treadle.runtime.clock import steady

LEASE = 15.0
RENEW_EVERY = 5.0
STUCK = 60.0
"""Seconds after which a loop that does not turn is taken for one that never will."""
MARGIN = 2.0
"""Seconds of lease that must be left when the first byte of a request leaves; a quarter of a very short one."""

Renew = Callable[[], int]
"""Prolongs every lease of this worker that is not over, in a thread; how many. May raise anything."""


class Lease(Protocol):
    """A claim of one run, as those see it who act for the run."""

    def enough(self) -> bool:
        """Whether the run is surely ours for long enough to send something."""
        ...


class RunLease:
    """One claim of one run."""

    __slots__ = ("_deadline", "_era", "_keeper")

    def __init__(self, keeper: Keeper, claimed_at: float, era: int) -> None:
        self._keeper = keeper
        self._deadline = claimed_at + keeper.lease
        self._era = era

    def left(self) -> float:
        """Seconds in which the run is surely still ours; negative when it is over or cannot be relied on."""
        if self._era != self._keeper.era:
            return -1.0
        return max(self._deadline, self._keeper.deadline) - steady()

    def enough(self) -> bool:
        """Whether more than the margin is left."""
        return self.left() > self._keeper.margin


class Keeper:
    """The leases of one worker. `era` is raised when a renewal came too late: then every older lease is lost.

    `on_lost` is called, in the keeper's thread, when leases could not be prolonged in time; `on_stuck` with the seconds
    for which the loop has not turned, once they are more than `stuck`.
    """

    def __init__(
        self,
        renew: Renew,
        on_lost: Callable[[], None],
        *,
        lease: float = LEASE,
        every: float = RENEW_EVERY,
        stuck: float = STUCK,
        on_stuck: Callable[[float], None] | None = None,
    ) -> None:
        self.lease = lease
        self.margin = min(MARGIN, lease / 4)
        self.era = 0
        self.deadline = float("-inf")
        self._renew = renew
        self._on_lost = on_lost
        self._every = every
        self._stuck = stuck
        self._on_stuck = on_stuck
        self._beat = steady()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def begin(self) -> float:
        """Seconds until the first `turn`. Nothing is claimed yet, so nothing can be late."""
        self.deadline = steady() + self.lease
        return self._every

    def turn(self) -> float:
        """Prolong, or lose, what is held; seconds until the next turn."""
        return self._every if self._renewed() else min(1.0, self._every / 4)

    def start(self) -> None:
        """Begin to renew, in a thread."""
        self.begin()
        self._thread.start()

    def stop(self) -> None:
        """Renew no more; returns when the thread has ended."""
        self._stop.set()
        self._thread.join(timeout=self._every)

    def beat(self) -> None:
        """The loop turns."""
        self._beat = steady()

    def claimed(self, at: float, era: int) -> RunLease:
        """The lease of a run whose claim was asked for at `at`, in that era. Lost already, when another has begun."""
        return RunLease(self, at, era)

    def _run(self) -> None:
        pause = self._every
        while not self._stop.wait(pause):
            pause = self.turn()

    def _renewed(self) -> bool:
        began = steady()
        if began - self._beat > self._every:
            self._check(began)
            if self._on_stuck is not None and began - self._beat > self._stuck:
                self._on_stuck(began - self._beat)
            return False
        try:
            self._renew()
        except Exception as error:
            structlog.get_logger("treadle.lease").warning("renewal_failed", error=type(error).__name__)
            self._check(steady())
            return False
        self._check(steady())
        self.deadline = began + self.lease
        return True

    def _check(self, now: float) -> None:
        """A renewal that ended after the deadline may have found leases that were over: all older ones are lost."""
        if now > self.deadline - min(1.0, self.lease / 5):
            self.deadline = now + self.lease
            self.era += 1
            self._on_lost()


Keeping = Callable[[Keeper], AbstractAsyncContextManager[None]]
"""While inside, the keeper takes its turns."""


@asynccontextmanager
async def in_thread(keeper: Keeper) -> AsyncIterator[None]:
    """In a thread of its own, which a busy loop does not hold up."""
    keeper.start()
    try:
        yield
    finally:
        await asyncio.to_thread(keeper.stop)
