"""The memory store's upkeep: history that is old, and keys that have run out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from treadle.runtime.ids import first_id
from treadle.runtime.ports import NewDelivery, StoredEvent, StoredStep
from treadle.runtime.store.memory_history import MemoryRun


class MemoryUpkeep:
    """Methods of `ports.Store` about upkeep. Each does at once all that there is to do."""

    _clock: Callable[[], datetime]
    _once: dict[tuple[str, str], tuple[UUID, datetime]]
    _keys: dict[tuple[UUID | None, str], UUID]
    _groups: dict[tuple[str, str], dict[UUID, UUID]]
    _events: dict[UUID, StoredEvent]
    _runs: dict[UUID, MemoryRun]
    _steps: dict[tuple[UUID, UUID], tuple[StoredStep, UUID | None]]
    _run_keys: dict[UUID, set[str]]
    deliveries: dict[UUID, NewDelivery]

    async def turn_days(self, days: int) -> None:
        """See `ports.Store.turn_days`."""
        bound = first_id(self._clock() - timedelta(days=max(days, 1) + 1))
        self.deliveries = {id_: each for id_, each in self.deliveries.items() if id_ >= bound}

    async def forget_runs(self, days: int, behind: UUID | None = None) -> UUID | None:
        """See `ports.Store.forget_runs`."""
        latest = self._clock() - timedelta(days=max(days, 1))
        old = {
            id_ for id_, run in self._runs.items() if run.ended_at and id_ < first_id(latest) and run.ended_at < latest
        }
        for id_ in old:
            del self._runs[id_]
            self._run_keys.pop(id_, None)
        self._steps = {at: each for at, each in self._steps.items() if at[0] not in old}
        return None

    async def forget_events(self, days: int, behind: UUID | None = None) -> UUID | None:
        """See `ports.Store.forget_events`."""
        bound = first_id(self._clock() - timedelta(days=max(days, 1)))
        needed = {run.new.event_id for run in self._runs.values()}
        needed |= {mark for group in self._groups.values() for mark in group}
        old = {id_ for id_ in self._events if id_ < bound and id_ not in needed}
        self._events = {id_: each for id_, each in self._events.items() if id_ not in old}
        self._keys = {key: first for key, first in self._keys.items() if first not in old}
        return None

    async def sweep(self, days: int) -> bool:
        """See `ports.Store.sweep`."""
        self._once = {key: held for key, held in self._once.items() if held[1] > self._clock()}
        return False
