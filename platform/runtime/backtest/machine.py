"""The machine of a replayed world: its wall clock is the virtual one and its chance is drawn from a seed.

So the ids that a world makes lie in its own time, and the same rules over the same events do the very same.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from treadle.runtime.system import System

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class VirtualMachine(System):
    """`system` of one world; `clock` tells its time."""

    def __init__(self, clock: Callable[[], datetime], seed: int = 1) -> None:
        super().__init__()
        self._clock = clock
        self._dice = random.Random(seed)

    def wall(self) -> int:
        """Nanoseconds since 1970 by the virtual clock."""
        return (self._clock() - _EPOCH) // timedelta(microseconds=1) * 1000

    def bits(self) -> int:
        """64 bits, the same ones each time."""
        return self._dice.getrandbits(64)
