"""The memory store's starts in bulk."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.runtime.bulkrecords import BATCH, BulkBatch, BulkRow, BulkStep, NewBulk, Refusal
from treadle.runtime.orderrecords import Origin
from treadle.runtime.ports import NewRun, NewStep
from treadle.runtime.store.parameters import clean, clean_or_none


class _List(msgspec.Struct, kw_only=True):
    row: BulkRow
    new: NewBulk
    next: int = 0
    due_at: datetime
    planned_at: datetime
    refusals: list[Refusal]


class MemoryBulks:
    """Methods of `ports.Store` about starts in bulk."""

    _clock: Callable[[], datetime]

    def __init__(self) -> None:
        self._bulks: dict[UUID, _List] = {}

    @abstractmethod
    async def begin(self, run: NewRun, origin: Origin, steps: Sequence[NewStep] = ()) -> None:
        """See `MemoryDoubts`."""

    async def begin_bulk(self, new: NewBulk) -> BulkRow:
        """See `ports.Store.begin_bulk`."""
        if new.id in self._bulks:
            return self._bulks[new.id].row
        now = self._clock()
        row = BulkRow(
            id=new.id,
            sequence=clean(new.sequence),
            state="running",
            per_minute=new.per_minute,
            who=clean(new.who),
            total=len(new.rows),
            started=0,
            refused=0,
            held=None,
            created_at=now,
            ended_at=None,
        )
        self._bulks[new.id] = _List(row=row, new=new, due_at=now, planned_at=now, refusals=[])
        return row

    async def bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.bulk`."""
        return self._bulks[id].row if id in self._bulks else None

    async def bulks(self, before: UUID | None, limit: int) -> list[BulkRow]:
        """See `ports.Store.bulks`."""
        found = [each.row for id_, each in self._bulks.items() if before is None or id_ < before]
        return sorted(found, key=lambda row: row.id, reverse=True)[:limit]

    async def refusals(self, id: UUID, behind: int, limit: int) -> list[Refusal]:
        """See `ports.Store.refusals`."""
        found = self._bulks[id].refusals if id in self._bulks else []
        return [each for each in found if each.row > behind][:limit]

    async def cancel_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.cancel_bulk`."""
        if id not in self._bulks:
            return None
        found = self._bulks[id]
        if found.row.state in ("running", "paused"):
            found.row = replace(found.row, state="cancelled", ended_at=self._clock(), held=None)
        return found.row

    async def pause_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.pause_bulk`."""
        found = self._bulks.get(id)
        if found is not None and found.row.state == "running":
            found.row = replace(found.row, state="paused", held=None)
        return found.row if found else None

    async def resume_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.resume_bulk`."""
        found = self._bulks.get(id)
        if found is not None and found.row.state == "paused":
            found.row, found.due_at = replace(found.row, state="running"), self._clock()
        return found.row if found else None

    async def due_bulk(self, lease: float) -> BulkBatch | None:
        """See `ports.Store.due_bulk`."""
        now = self._clock()
        due = [each for each in self._bulks.values() if each.row.state == "running" and each.due_at <= now]
        if not due:
            return None
        first = min(due, key=lambda each: each.due_at)
        first.due_at = now + timedelta(seconds=lease)
        until = first.next - first.next % BATCH + BATCH
        return BulkBatch(
            id=first.row.id,
            sequence=first.row.sequence,
            per_minute=first.row.per_minute,
            first=first.next,
            rows=tuple(msgspec.Raw(each) for each in first.new.rows[first.next : until]),
            planned_at=first.planned_at,
            now=now,
        )

    async def step_bulk(self, step: BulkStep) -> bool:
        """See `ports.Store.step_bulk`."""
        found, now = self._bulks.get(step.id), self._clock()
        if found is None or found.next != step.first or found.row.state != "running":
            return False
        found.next += step.rows
        found.planned_at, found.due_at = step.planned_at, max(step.planned_at, now)
        found.refusals += [Refusal(each.row, clean(each.reason)) for each in step.refused]
        over = found.next >= found.row.total
        found.row = replace(
            found.row,
            state="done" if over else "running",
            ended_at=now if over else None,
            started=found.row.started + len(step.starts),
            refused=found.row.refused + len(step.refused),
            held=clean_or_none(step.held),
        )
        for each in step.starts:
            await self.begin(each.run, replace(each.origin, bulk=step.id))
        return True

    async def forget_bulks(self, days: int) -> None:
        """See `ports.Store.forget_bulks`."""
        oldest = self._clock() - timedelta(days=max(days, 1))
        ended = {id_ for id_, each in self._bulks.items() if each.row.ended_at and each.row.ended_at < oldest}
        self._bulks = {id_: each for id_, each in self._bulks.items() if id_ not in ended}
