"""The store's side of starts in bulk. Rows that have yet to start lie in arrays of `BATCH` and go as they start."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.bulkrecords import BATCH, BulkBatch, BulkRow, BulkStep, NewBulk, Refusal
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, clean_or_none, json_array, json_rows
from treadle.runtime.store.rows import RunIdRow
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.waiting import started

_BEGIN, _ROWS = query("begin_bulk"), query("bulk_rows")
_BULK, _BULKS, _REFUSALS = query("bulk"), query("bulks"), query("refusals")
_PAUSE, _RESUME = query("pause_bulk"), query("resume_bulk")
_CANCEL, _DUE, _STEP = query("cancel_bulk"), query("due_bulk"), query("step_bulk")
_START, _ORIGINATE = query("start"), query("originate_all")
_REFUSE, _GONE, _FORGET = query("refuse_rows"), query("bulk_rows_gone"), query("forget_bulks")

_MOST = 500  # lists that are forgotten in one commit
_raws = msgspec.json.Decoder(tuple[msgspec.Raw, ...])


class _RefusalRow(msgspec.Struct, frozen=True):
    number: int
    reason: str


class Bulks(Statements):
    """Methods of `ports.Store` about starts in bulk."""

    async def begin_bulk(self, new: NewBulk) -> BulkRow:
        """See `ports.Store.begin_bulk`."""
        params = {
            "id": new.id,
            "sequence": clean(new.sequence),
            "per_minute": new.per_minute,
            "who": clean(new.who),
            "total": len(new.rows),
        }

        async def work(ask: Ask) -> BulkRow:
            if await ask(_BEGIN, params):
                await ask(_ROWS, {"id": new.id, "batch": BATCH, "chunks": json_array(chunks_of(new.rows))})
            (row,) = await ask(_BULK, {"id": new.id})
            return _bulk_row(row)

        return await self._together(work)

    async def bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.bulk`."""
        found = await self._ask(_BULK, {"id": id})
        return _bulk_row(found[0]) if found else None

    async def bulks(self, before: UUID | None, limit: int) -> list[BulkRow]:
        """See `ports.Store.bulks`."""
        return [_bulk_row(row) for row in await self._ask(_BULKS, {"before": before, "limit": limit})]

    async def refusals(self, id: UUID, behind: int, limit: int) -> list[Refusal]:
        """See `ports.Store.refusals`."""
        return [Refusal(*row) for row in await self._ask(_REFUSALS, {"id": id, "behind": behind, "limit": limit})]

    async def cancel_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.cancel_bulk`."""
        await self._change(_CANCEL, {"id": id})
        return await self.bulk(id)

    async def pause_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.pause_bulk`."""
        await self._change(_PAUSE, {"id": id})
        return await self.bulk(id)

    async def resume_bulk(self, id: UUID) -> BulkRow | None:
        """See `ports.Store.resume_bulk`."""
        await self._change(_RESUME, {"id": id})
        return await self.bulk(id)

    async def due_bulk(self, lease: float) -> BulkBatch | None:
        """See `ports.Store.due_bulk`."""
        found = await self._ask(_DUE, {"lease": lease})
        if not found:
            return None
        id_, sequence, per_minute, next_row, planned_at, now, first_row, rows = found[0]
        return BulkBatch(
            id=id_,
            sequence=sequence,
            per_minute=per_minute,
            first=next_row,
            rows=_raws.decode(rows)[next_row - first_row :],
            planned_at=planned_at,
            now=now,
        )

    async def step_bulk(self, step: BulkStep) -> bool:
        """See `ports.Store.step_bulk`."""
        params = {
            "id": step.id,
            "first": step.first,
            "rows": step.rows,
            "started": len(step.starts),
            "refused": len(step.refused),
            "planned_at": step.planned_at,
            "held": clean_or_none(step.held),
        }

        async def work(ask: Ask) -> bool:
            moved = await ask(_STEP, params)  # locks the list, and finds that somebody was first
            if not moved:
                return False
            if step.starts:
                await self._started(ask, step)
            if step.refused:
                told = json_rows([_RefusalRow(each.row, each.reason) for each in step.refused])
                await ask(_REFUSE, {"id": step.id, "refused": told})
            await ask(_GONE, {"id": step.id, "batch": BATCH, "next_row": moved[0][0]})
            return True

        return await self._together(work)

    async def _started(self, ask: Ask, step: BulkStep) -> None:
        await ask(_START, started([each.run for each in step.starts], self.workspace_id))
        runs = json_rows([RunIdRow(each.run.id) for each in step.starts])
        args = json_array(each.origin.args for each in step.starts)
        await ask(_ORIGINATE, {"bulk": step.id, "runs": runs, "args": args})

    async def forget_bulks(self, days: int) -> None:
        """See `ports.Store.forget_bulks`."""
        await self._change(_FORGET, {"days": max(days, 1), "most": _MOST})


def chunks_of(rows: tuple[bytes, ...]) -> list[bytes]:
    """The rows as JSON arrays of `BATCH` each."""
    return [b"[" + b",".join(rows[at : at + BATCH]) + b"]" for at in range(0, len(rows), BATCH)]


def _bulk_row(row: tuple[Any, ...]) -> BulkRow:
    id_, sequence, state, per_minute, who, total, started_, refused, held, created_at, ended_at = row
    return BulkRow(
        id=id_,
        sequence=sequence,
        state=state,
        per_minute=per_minute,
        who=who,
        total=total,
        started=started_,
        refused=refused,
        held=held,
        created_at=created_at,
        ended_at=ended_at,
    )
