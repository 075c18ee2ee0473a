"""How often somebody may ask: so many requests a second for each key, session and address, far fewer tries to sign in.

Owns the buckets, in the memory of this process, at most some thousand of them: the one that was used longest ago goes
first, and is full again. Deliveries are not counted here.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable

from treadle.api.problems import Refused
from treadle.runtime.clock import steady

MOST = 10_000
"""Buckets of one kind."""
SIGN_INS = 20
"""Tries to sign in at once, for an address and for an account; after that one each `SIGN_IN_SECONDS`."""
SIGN_IN_SECONDS = 6.0


class Buckets:
    """Token buckets by name, all full at first."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, rate: float, burst: float) -> float:
        """Take one out of a bucket that holds `burst` and gets `rate` more each second; the seconds until there is one,
        0 when there was. Rate 0 is no limit.
        """
        if not rate:
            return 0.0
        now = self._clock()
        left, since = self._left.pop(name, (burst, now))
        left = min(burst, left + (now - since) * rate)
        wait = 0.0 if left >= 1 else (1 - left) / rate
        self._left[name] = (left if wait else left - 1, now)
        if len(self._left) > MOST:
            self._left.popitem(last=False)
        return wait


class Limits:
    """The limits of one application. `rate` says how many requests a second a caller has; an address has twice that."""

    def __init__(self, rate: Callable[[], int], clock: Callable[[], float] = steady) -> None:
        self._rate = rate
        self._callers, self._addresses, self._sign_ins = Buckets(clock), Buckets(clock), Buckets(clock)

    def address(self, address: str) -> None:
        """Count a request of an address. Raises `Refused` (429)."""
        rate = self._rate()
        _refuse(self._addresses.take(address, 2 * rate, 4 * rate))

    def caller(self, name: str) -> None:
        """Count a request of a key or a person. Raises `Refused` (429)."""
        rate = self._rate()
        _refuse(self._callers.take(name, rate, 2 * rate))

    def sign_in(self, address: str, account: str) -> None:
        """Count a try to sign in. Raises `Refused` (429)."""
        names = (f"address {address}", f"account {account}")
        _refuse(max(self._sign_ins.take(name, 1 / SIGN_IN_SECONDS, SIGN_INS) for name in names))


def _refuse(wait: float) -> None:
    if wait:
        raise Refused("too_many_requests", "Wait as long as `Retry-After` says.", retry_after=math.ceil(wait))
