"""The store of a replayed world: the one in memory, that finds what is due without looking at everything and forgets.

Owns how what is over is forgotten, and saying what becomes of runs. What anything means stays with `MemoryStore`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import Any, Protocol
from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.ports import (
    LONGEST_LEASE,
    Arrival,
    Claimed,
    Echo,
    NewRun,
    NewStep,
    StoredEvent,
    Transition,
)
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.memory_history import MemoryRun

_SWEEP = 512  # events that are over before those are dropped that no group holds
_SPARE = 1024  # entries of the order that are out of date, before it is made anew


class Watches(Protocol):
    """Told of everything that becomes of runs, in the moment of its commit."""

    def began(self, run: NewRun) -> None:
        """A run started."""
        ...

    def emitted(self, event: StoredEvent) -> None:
        """A run sent an event."""
        ...

    def fires(self, run_id: UUID) -> None:
        """A run got past its conditions."""
        ...

    def ended(self, run: MemoryRun) -> None:
        """A run is over."""
        ...


class ReplayStore(MemoryStore):
    """See `ports.Store`. `watch` is set by who makes it, before anything happens."""

    watch: Watches

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self._order: list[tuple[datetime, UUID]] = []
        self._steps_of: dict[UUID, list[UUID]] = {}
        self._over: set[UUID] = set()

    # --- in the order of when it is due -------------------------------------------------------------------------------

    async def soonest(self) -> datetime | None:
        """See `virtual.TimedStore.soonest`."""
        while self._order:
            due_at, run_id = self._order[0]
            row = self._live_rows.get(run_id)
            if row is not None and row.due_at == due_at and row.run.status != "unknown":
                return due_at
            heappop(self._order)
        return None

    async def claim(self, worker: UUID, limit: int, lease: float, *, suspects: bool | None = None) -> list[Claimed]:
        """See `ports.Store.claim`; nobody dies here, so there are no suspects."""
        now = self._clock()
        found: list[Claimed] = []
        while self._order and self._order[0][0] <= now and len(found) < limit:
            due_at, run_id = heappop(self._order)
            row = self._live_rows.get(run_id)
            if row is None or row.due_at != due_at:
                continue
            row.epoch += 1
            row.worker, row.crashes = worker, 0
            row.due_at = now + timedelta(seconds=min(lease, LONGEST_LEASE))
            found.append(self._claimed(row, now))
        return found

    def _put(self, run_id: UUID) -> None:
        row = self._live_rows.get(run_id)
        if row is not None and row.worker is None:
            heappush(self._order, (row.due_at, run_id))
            if len(self._order) > 2 * len(self._live_rows) + _SPARE:
                self._order = [(each.due_at, id_) for id_, each in self._live_rows.items()]
                heapify(self._order)

    def _start(self, new: NewRun) -> None:
        if new.id not in self._runs:
            super()._start(new)
            self._put(new.id)
            self.watch.began(new)

    def _signal(self, run_id: UUID, kind: Any, source: UUID, slot: str = "", **fields: Any) -> None:
        super()._signal(run_id, kind, source, slot, **fields)
        self._put(run_id)

    async def commit(self, transitions: Sequence[Transition], told: set[UUID] | None = None) -> set[UUID]:
        """See `ports.Store.commit`."""
        fenced = await super().commit(transitions, told)
        for each in transitions:
            run = self._runs.get(each.run_id)
            if run is not None and run.status != "matching" and each.run_id in self._live_rows:
                self.watch.fires(each.run_id)
            self._put(each.run_id)
        return fenced

    # --- what is told -------------------------------------------------------------------------------------------------

    def _arrive(self, arrival: Arrival) -> UUID:
        if arrival.event.cause is not None:
            self.watch.emitted(_as_stored(arrival, self._clock()))
        return super()._arrive(arrival)

    def _gone(self, run_id: UUID) -> None:
        super()._gone(run_id)
        self.watch.ended(self._runs[run_id])

    @property
    def asks_people(self) -> bool:
        """Whether there are questions that are not forgotten yet."""
        return bool(self._approvals)

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """None: which change was ours stands in the recorded event."""
        return []

    def _look_back(self, run_id: UUID, slot: str, ear: Any, trigger: str) -> None:
        newest = next(reversed(self._events.values()), None)
        if newest is not None and newest.received_at >= self._runs[run_id].created_at:
            super()._look_back(run_id, slot, ear, trigger)

    def loaded(self, event_id: UUID, data: bytes) -> None:
        """What was read of the event beside its delivery."""
        self._events[event_id] = replace(self._events[event_id], loaded=data)

    # --- forgetting ---------------------------------------------------------------------------------------------------

    def _write_step(self, run_id: UUID, new: NewStep) -> None:
        super()._write_step(run_id, new)
        self._steps_of.setdefault(run_id, []).append(new.id)

    def forget(self, runs: Collection[UUID], events: Collection[UUID]) -> None:
        """What is over for good. Events that a group of `after quiet` holds stay until it is closed."""
        for run_id in runs:
            self._runs.pop(run_id, None)
            self._run_keys.pop(run_id, None)
            for step in self._steps_of.pop(run_id, ()):
                self._steps.pop((run_id, step), None)
        self._over.update(events)
        if len(self._over) >= _SWEEP:
            self._sweep_events()

    def _sweep_events(self) -> None:
        held = {event for group in self._groups.values() for event in group}
        held |= {event for events in self._closed.values() for event in events}
        held |= {each.event.id for known in self._signals.values() for each in known.values() if each.event}
        for event in self._over - held:
            self._events.pop(event, None)
        self._over &= held
        for id_, (row, _) in list(self._approvals.items()):
            if row.run_id not in self._live_rows:
                del self._approvals[id_]


def _as_stored(arrival: Arrival, now: datetime) -> StoredEvent:
    new = arrival.event
    return StoredEvent(id=new.id, trigger=new.trigger, data=new.data, received_at=now, cause=new.cause, hops=new.hops)
