"""The memory store's side of what the platform tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID


class MemoryPlatform:
    """Methods of `ports.Store` about the platform's own events."""

    _clock: Callable[[], datetime]

    def __init__(self) -> None:
        self._sights: dict[tuple[str, str], tuple[UUID, datetime]] = {}
        self._tallies: dict[tuple[str, str], dict[UUID, datetime]] = {}

    async def sight(self, kind: str, key: str, within: float, run_id: UUID) -> UUID:
        """See `ports.Store.sight`."""
        now, held = self._clock(), self._sights.get((kind, key))
        first = run_id if held is None or held[1] <= now else held[0]
        self._sights[kind, key] = (first, now + timedelta(seconds=within))
        return first

    async def tally(self, name: str, key: str, window: float, token: UUID) -> int:
        """See `ports.Store.tally`."""
        now = self._clock()
        since = now - timedelta(seconds=window)
        counted = {each: at for each, at in self._tallies.get((name, key), {}).items() if at > since}
        counted.setdefault(token, now)
        self._tallies[name, key] = counted
        return len(counted)
