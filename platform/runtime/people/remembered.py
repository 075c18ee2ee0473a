"""Who asked just now: the callers of the last second, so that not every request asks the database who sends it.

Owns how long that holds. What this process changes about people, keys and sessions is over at once; what another one
changes, within `SECONDS`. Who is unknown is asked about each time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from treadle.runtime.access import Principal
from treadle.runtime.clock import steady

SECONDS = 0.8
"""For how long an answer of the database is good."""
MOST = 2_000
"""Callers that are remembered; beyond them all are asked about anew."""

Named = tuple[UUID, str, bytes]
"""The workspace, `key` or `session`, and the digest of the secret."""


class Remembered:
    """The callers of one process, as one database knows them."""

    def __init__(self, clock: Callable[[], float] = steady) -> None:
        self._clock = clock
        self._known: dict[Named, tuple[Principal, float]] = {}

    async def find(self, named: Named, ask: Callable[[], Awaitable[Principal | None]]) -> Principal | None:
        """Whoever that is, as it was known just now or as `ask` says."""
        now, known = self._clock(), self._known
        found = known.get(named)
        if found is not None and now < found[1]:
            return found[0]
        principal = await ask()
        # What was asked before somebody was forgotten says nothing about now: `forget` leaves another dictionary.
        if principal is not None and known is self._known:
            if len(known) >= MOST:
                known.clear()
            known[named] = principal, now + SECONDS
        return principal

    def forget(self) -> None:
        """Ask about everybody anew, because something about somebody has changed."""
        self._known = {}


_by_pool: WeakKeyDictionary[Any, Remembered] = WeakKeyDictionary()


def remembered(pool: Any) -> Remembered:
    """The callers whom the database behind this pool knows."""
    if (found := _by_pool.get(pool)) is None:
        found = _by_pool[pool] = Remembered()
    return found
