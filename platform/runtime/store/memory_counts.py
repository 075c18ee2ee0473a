"""The memory store's counters: keys of `once per`, throttles, limits. Each counts exactly over a sliding window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID


class MemoryCounts:
    """Methods of `ports.Store` that count."""

    _clock: Callable[[], datetime]
    _run_keys: dict[UUID, set[str]]

    def __init__(self) -> None:
        self._once: dict[tuple[str, str], tuple[UUID, datetime]] = {}
        self._fired: dict[tuple[str, str], dict[UUID, datetime]] = {}
        self._used: dict[tuple[str, str], dict[UUID, tuple[datetime, Decimal]]] = {}

    async def once(self, rule: str, key: str, within: float, run_id: UUID) -> bool:
        """See `ports.Store.once`."""
        now, held = self._clock(), self._once.get((rule, key))
        self._run_keys.setdefault(run_id, set()).add(key)
        if held is None or held[1] <= now:
            self._once[rule, key] = (run_id, now + timedelta(seconds=within))
            return True
        return held[0] == run_id

    async def throttle(self, rule: str, key: str, count: int, window: float, run_id: UUID) -> bool:
        """See `ports.Store.throttle`."""
        now = self._clock()
        since = now - timedelta(seconds=window)
        fired = {each: at for each, at in self._fired.get((rule, key), {}).items() if at > since}
        if run_id not in fired and len(fired) < count:
            fired[run_id] = now
        self._fired[rule, key] = fired
        return run_id in fired

    async def take_limit(
        self, name: str, key: str, limit: Decimal, amount: Decimal, window: float, token: UUID
    ) -> float:
        """See `ports.Store.take_limit`."""
        now, span = self._clock(), timedelta(seconds=window)
        used = {each: use for each, use in self._used.get((name, key), {}).items() if use[0] > now - span}
        self._used[name, key] = used
        if token in used:
            return 0.0
        free = limit - sum((use for _, use in used.values()), Decimal(0))
        if amount <= free:
            used[token] = (now, amount)
            return 0.0
        for at, use in used.values():
            free += use
            if amount <= free:
                return (at + span - now).total_seconds()
        return window

    async def settle_limit(self, name: str, key: str, token: UUID, amount: Decimal) -> None:
        """See `ports.Store.settle_limit`."""
        used = self._used.get((name, key), {})
        if token in used and amount > 0:
            used[token] = (used[token][0], amount)
        else:
            used.pop(token, None)
