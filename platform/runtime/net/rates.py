"""How many requests one connection may make. Owns the port, and the bound within one process.

The bound that holds across processes is `runtime.sharedrates`, behind the same port.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

from treadle.runtime.clock import steady

_PERIODS = {"s": 1.0, "min": 60.0, "h": 3600.0}

SLACK = 0.05
"""Seconds added to each period: what leaves evenly may arrive closer together."""


class Rate(msgspec.Struct, frozen=True):
    """At most `count` requests in any `period` seconds."""

    count: int
    period: float

    @staticmethod
    @lru_cache(maxsize=256)
    def parse(text: str) -> Rate:
        """Read `7/s`, `100/min` or `1000/h`. Raises `ValueError`."""
        count, _, unit = text.partition("/")
        if not count.isdecimal() or int(count) < 1 or unit not in _PERIODS:
            raise ValueError(f"{text!r} is not a rate; write it as 7/s, 100/min or 1000/h")
        return Rate(int(count), _PERIODS[unit])


class RateLimiter(Protocol):
    """Hands out places in a connection's stream of requests."""

    async def take(self, key: str, rate: Rate, within: float) -> float:
        """Take the next place of `key`; the answer is how many seconds from now it is, 0 for at once.

        A place later than `within` seconds is not taken: an answer above `within` says when to try again.
        Raises `NotSent` when nobody can tell just now.
        """
        ...


class LocalRates:
    """The bound for one process: a window that slides, so no period of `rate` ever holds more than its count."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._taken: dict[str, deque[float]] = {}

    async def take(self, key: str, rate: Rate, within: float) -> float:
        """As the port says."""
        now = self._clock()
        taken = self._taken.get(key)
        if taken is None or taken.maxlen != rate.count:
            taken = self._taken[key] = deque(taken or (), maxlen=rate.count)
        free = taken[0] + rate.period + SLACK if len(taken) == rate.count else now
        wait = max(0.0, free - now)
        if wait <= within:
            taken.append(now + wait)
        return wait
