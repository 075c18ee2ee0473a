"""Adding up what changed, in steps of five lengths, so that a picture of a month costs no look at its runs.

Owns how durations become buckets. Whoever asks may add; each change is counted once, see the statement `add_figures`.
"""

from __future__ import annotations

import asyncio
import math
from uuid import UUID
from weakref import WeakKeyDictionary

from treadle.runtime.clock import steady
from treadle.runtime.costs import NONE, Costs, prices
from treadle.runtime.pools import Lines
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

_BEGIN, _ADD = query("begin_figures"), query("add_figures")

GROWTH = 1.25
"""Each bucket of durations ends at so many times the end of the one before; the first one at so many milliseconds."""
KEPT = {60: 1, 900: 10, 3600: 40, 21600: 240, 86400: 800}
"""Seconds of a step, and for how many days such steps are kept."""
SOME = 500
"""Runs of one addition whose durations are looked up: for percentiles these are enough."""
YOUNG = 5.0
"""Seconds after which what was added up is old enough to be added to."""


AGAIN, SOON = 1.0, 0.4
"""Seconds between two tries of those who want to read, and for which they wait."""

_tried: WeakKeyDictionary[Lines, tuple[float, asyncio.Task[bool]]] = WeakKeyDictionary()


class Adding(Statements):
    """Adds up for one workspace. `costs` are what actions declare; turns of agents say what they cost anyway."""

    def __init__(self, pool: Lines, workspace_id: UUID, costs: Costs = NONE) -> None:
        super().__init__(pool, workspace_id)
        self._prices = prices(costs)

    async def add(self, *, young: float = YOUNG) -> bool:
        """Count what changed since the last time, unless that was just now or somebody is at it; whether it was done.
        Raises `StoreDown`.
        """
        if await self._change(_ADD, {"young": young, "some": SOME, "growth": GROWTH, "prices": self._prices}):
            return True
        await self._change(_BEGIN)
        return False


async def add_up(pool: Lines, workspace_id: UUID, costs: Costs = NONE) -> None:
    """Add up for somebody who wants to read: once a second at most, and not waited for longer than `SOON`, because
    figures may be some seconds old. Raises `StoreDown`.
    """
    began, task = _tried.get(pool, (-AGAIN, None))
    if task is None or (task.done() and steady() - began >= AGAIN):
        task = asyncio.create_task(Adding(pool, workspace_id, costs).add(), name="figures")
        task.add_done_callback(_heard)
        _tried[pool] = steady(), task
    await asyncio.wait({task}, timeout=SOON)
    if task.done() and not task.cancelled():
        task.result()


def _heard(task: asyncio.Task[bool]) -> None:
    """A failure that nobody waited for is no news."""
    if not task.cancelled():
        task.exception()


def bucket_seconds(bucket: int) -> float:
    """The middle of a bucket of durations, in seconds."""
    return float(GROWTH ** (bucket + 0.5)) / 1000


def bucket_of(seconds: float) -> int:
    """The bucket of a duration, as the statement has it."""
    return math.floor(math.log(max(seconds * 1000, 1.0)) / math.log(GROWTH))
