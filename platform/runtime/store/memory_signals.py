"""What comes for runs of the memory store: signals, and the events among them that runs listen for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.ids import new_id
from treadle.runtime.ports import NewListen, Signal, StoredEvent
from treadle.runtime.store.fitting import ANY, hashes_at, value_hash
from treadle.runtime.store.memory_history import MemoryHistory


class _Ear(msgspec.Struct, frozen=True):
    """What a run hears under one trigger and slot."""

    connection_id: UUID | None
    path: str
    value_hash: UUID


class MemorySignals(MemoryHistory):
    """Methods of `ports.Store` about signals."""

    _clock: Callable[[], datetime]

    def __init__(self) -> None:
        super().__init__()
        self._ears: dict[str, dict[tuple[UUID, str], _Ear]] = {}
        self._slots: dict[UUID, dict[str, str]] = {}
        self._signals: dict[UUID, dict[tuple[str, str, UUID], Signal]] = {}

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """See `ports.Store.signals`."""
        return {each: self._unread(each) for each in run_ids if self._signals.get(each)}

    def _unread(self, run_id: UUID) -> list[Signal]:
        """With the events as they are by now: another run may have had one loaded."""
        return [
            each if each.event is None else replace(each, event=self._events[each.event.id])
            for each in self._signals.get(run_id, {}).values()
        ]

    def _signal(self, run_id: UUID, kind: Any, source: UUID, slot: str = "", **fields: Any) -> None:
        row = self._live_rows.get(run_id)
        if row is None or (kind, slot, source) in self._signals.get(run_id, ()):
            return
        self._signals.setdefault(run_id, {})[kind, slot, source] = Signal(id=new_id(), kind=kind, slot=slot, **fields)
        if row.worker is None:
            row.due_at = min(row.due_at, self._clock())

    def _heard(self, event: StoredEvent) -> None:
        known = list(self._ears.get(event.trigger, {}).items())
        hashes = hashes_at(event.data, list({ear.path for _, ear in known})) if known else {}
        for (run_id, slot), ear in known:
            if _fits(run_id, ear, event) and hashes.get(ear.path) == ear.value_hash:
                self._signal(run_id, "event", event.id, slot, event=event)

    def _look_back(self, run_id: UUID, slot: str, ear: _Ear, trigger: str) -> None:
        run = self._runs[run_id]
        for event in sorted(self._events.values(), key=lambda event: event.id):
            came = event.trigger == trigger and event.received_at >= run.created_at and event.id != run.new.event_id
            if came and _fits(run_id, ear, event) and hashes_at(event.data, [ear.path]).get(ear.path) == ear.value_hash:
                self._signal(run_id, "event", event.id, slot, event=event)

    def _listen(self, run_id: UUID, new: NewListen) -> None:
        slots = self._slots.setdefault(run_id, {})
        if new.slot in slots:
            return
        slots[new.slot] = new.trigger
        wanted = value_hash(None if new.value is None else values.decode(new.value)) if new.path else ANY
        ear = _Ear(new.connection_id, new.path or "", wanted)
        self._ears.setdefault(new.trigger, {})[run_id, new.slot] = ear
        if new.from_start:
            self._look_back(run_id, new.slot, ear, new.trigger)


def _fits(run_id: UUID, ear: _Ear, event: StoredEvent) -> bool:
    """Whether all but the value fits."""
    return event.cause != run_id and ear.connection_id in (None, event.connection_id)
