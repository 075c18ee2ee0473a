"""The memory store's history. Reads only; what it reads is written by `memory`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from treadle.runtime.ids import first_id
from treadle.runtime.ports import (
    SUSPECT,
    EventFilter,
    Fault,
    NewRun,
    RunFilter,
    RunRow,
    RunStatus,
    StoredEvent,
    StoredStep,
)

_Row = TypeVar("_Row", StoredEvent, RunRow)


class MemoryRun(msgspec.Struct):
    """A run with what became of it; changed in place."""

    new: NewRun
    created_at: datetime
    status: RunStatus
    ended_at: datetime | None = None
    ended_epoch: int | None = None
    error: Fault | None = None
    output: bytes | None = None
    versions: list[tuple[datetime, str]] = []


class MemoryLive(msgspec.Struct):
    """A live row; changed in place. Its status is the run's."""

    run: MemoryRun
    due_at: datetime
    state: bytes
    worker: UUID | None = None
    intent: UUID | None = None
    epoch: int = 0
    crashes: int = 0

    @property
    def suspect(self) -> bool:
        """Whether the next claim would count so many leases that ended without a word."""
        return self.crashes + (self.worker is not None) >= SUSPECT


class MemoryHistory:
    """Methods of `ports.Store` about what was. Steps are kept with the connection that they wrote through."""

    def __init__(self) -> None:
        self._events: dict[UUID, StoredEvent] = {}
        self._runs: dict[UUID, MemoryRun] = {}
        self._live_rows: dict[UUID, MemoryLive] = {}
        self._steps: dict[tuple[UUID, UUID], tuple[StoredStep, UUID | None]] = {}
        self._run_keys: dict[UUID, set[str]] = {}

    async def event(self, id: UUID) -> StoredEvent | None:
        """See `ports.Store.event`."""
        return self._events.get(id)

    async def events(self, filter: EventFilter) -> list[StoredEvent]:
        """See `ports.Store.events`."""
        wanted = {"trigger": filter.trigger, "entity": filter.entity}
        found = (row for row in self._events.values() if _matches(row, wanted))
        return _page((row for row in found if row.unread is not None or not filter.unread), filter)

    async def fates(self, event_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """See `ports.Store.fates`."""
        wanted = set(event_ids)
        found: dict[UUID, list[UUID]] = {}
        for id_, run in sorted(self._runs.items()):
            if run.new.event_id in wanted and run.status != "suppressed":
                fired = found.setdefault(run.new.event_id, [])
                fired += [id_] if run.status != "matching" else []
        return found

    async def run(self, id: UUID) -> RunRow | None:
        """See `ports.Store.run`."""
        found = self._runs.get(id)
        return None if found is None else self._run_row(found)

    async def runs(self, filter: RunFilter) -> list[RunRow]:
        """See `ports.Store.runs`."""
        wanted = {"rule": filter.rule, "status": filter.status, "event_id": filter.event_id}
        rows = (self._run_row(run) for run in self._runs.values())
        found = (
            row
            for row in rows
            if _matches(row, wanted)
            if filter.status is not None or row.status != "suppressed"
            if filter.entity is None or self._entity(row) == filter.entity
            if not filter.keys or self._run_keys.get(row.id, set()).intersection(filter.keys)
        )
        return _page(found, filter)

    async def versions(self, run_id: UUID) -> list[tuple[datetime, str]]:
        """See `ports.Store.versions`."""
        run = self._runs.get(run_id)
        return [] if run is None else run.versions or [(run.created_at, run.new.graph)]

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """See `ports.Store.steps`."""
        found = (step for step, _ in self._steps.values() if step.run_id == run_id)
        return sorted(found, key=lambda step: (step.seq, step.id))

    def _entity(self, row: RunRow) -> str | None:
        event = self._events.get(row.event_id) if row.event_id else None
        return event.entity if event else None

    def _run_row(self, run: MemoryRun) -> RunRow:
        new, live = run.new, self._live_rows.get(run.new.id)
        return RunRow(
            id=new.id,
            rule=new.rule,
            kind=new.kind,
            graph=new.graph,
            status=run.status,
            created_at=run.created_at,
            event_id=new.event_id,
            parent_id=new.parent_id,
            ended_at=run.ended_at,
            due_at=live.due_at if live else None,
            error=run.error,
            hops=new.hops,
            output=run.output,
        )


def _matches(row: StoredEvent | RunRow, wanted: dict[str, Any]) -> bool:
    return all(value is None or getattr(row, name) == value for name, value in wanted.items())


def _page(rows: Iterable[_Row], filter: RunFilter | EventFilter) -> list[_Row]:
    since = first_id(filter.since) if filter.since else None
    ends = [each for each in (filter.before, first_id(filter.until) if filter.until else None) if each is not None]
    found = (row for row in rows if (since is None or row.id >= since) and all(row.id < end for end in ends))
    return sorted(found, key=lambda row: row.id, reverse=True)[: filter.limit]
