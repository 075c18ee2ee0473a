"""What a process takes from the machine that it runs on: its clocks and its randomness. Owns the one place to ask.

A simulation gives each of its processes a machine of its own by setting `system`; everybody else has the real one.
"""

from __future__ import annotations

import os
import time
from contextvars import ContextVar
from functools import partial

_BOOT = getattr(time, "CLOCK_BOOTTIME", None)
_STEADY = time.monotonic if _BOOT is None else partial(time.clock_gettime, _BOOT)


class System:
    """The real machine."""

    def __init__(self) -> None:
        self._last = 0

    def wall(self) -> int:
        """Nanoseconds since 1970 by a clock that somebody may set."""
        return time.time_ns()

    def steady(self) -> float:
        """Seconds that only ever grow, also over a suspended machine where the system can tell."""
        return _STEADY()

    def bits(self) -> int:
        """64 random bits."""
        return int.from_bytes(os.urandom(8))

    def moment(self) -> int:
        """The wall clock in 4096ths of a millisecond; each answer is above the one before."""
        now = self.wall() * 4096 // 1_000_000
        self._last = now if now > self._last else self._last + 1
        return self._last


system: ContextVar[System] = ContextVar("system", default=System())  # noqa: B039 - one machine, meant to be shared
"""The machine of this process."""
