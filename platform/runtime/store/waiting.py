"""The store's side of what runs wait for, and of those who look: signals, questions to people, schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from treadle.dsl import values
from treadle.runtime.ports import ApprovalRow, Fault, NewRun, RunStatus, Signal
from treadle.runtime.queries import query
from treadle.runtime.store.answers import approval_row
from treadle.runtime.store.answers import signal as signal_record
from treadle.runtime.store.parameters import clean, json_array, json_ids, json_rows
from treadle.runtime.store.rows import start_row
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.telling import Told, tell

_START, _STATUSES, _SIGNALS = query("start"), query("statuses"), query("signals")
_APPROVALS = query("approvals").replace(b"{filters}", b"true")
_OPEN_APPROVALS = query("approvals").replace(b"{filters}", b"state = 'open'")
_APPROVAL = query("approvals").replace(b"{filters}", b"id = %(id)s")
_LOCK_ASKER, _DECIDE = query("lock_asker"), query("decide")
_PLANNED, _PLAN, _MOVE_ON = query("planned"), query("plan"), query("move_on")


class Waiting(Statements):
    """Methods of `ports.Store` about waiting."""

    async def start(self, runs: Sequence[NewRun]) -> None:
        """See `ports.Store.start`."""
        if runs:
            await self._change(_START, started(runs, self.workspace_id))

    async def order_end(self, run_ids: Sequence[UUID], by: UUID, fault: Fault) -> dict[UUID, RunStatus]:
        """See `ports.Store.order_end`."""

        async def work(ask: Ask) -> dict[UUID, RunStatus]:
            await tell(ask, [Told(run_id=each, kind="end", source=by, fault=fault) for each in run_ids])
            return dict(await ask(_STATUSES, {"runs": json_ids(run_ids)}))

        return await self._together(work)

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, RunStatus]:
        """See `ports.Store.statuses`."""
        return dict(await self._ask(_STATUSES, {"runs": json_ids(run_ids)}))

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """See `ports.Store.signals`."""
        found: dict[UUID, list[Signal]] = {}
        for run_id, *row in await self._ask(_SIGNALS, {"runs": json_ids(run_ids)}):
            found.setdefault(run_id, []).append(signal_record(tuple(row)))
        return found

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[ApprovalRow]:
        """See `ports.Store.approvals`."""
        rows = await self._ask(_OPEN_APPROVALS if open_only else _APPROVALS, {"limit": limit})
        return [approval_row(row) for row in rows]

    async def approval(self, id: UUID) -> ApprovalRow | None:
        """See `ports.Store.approval`."""
        rows = await self._ask(_APPROVAL, {"id": id, "limit": 1})
        return approval_row(rows[0]) if rows else None

    async def decide(self, approval_id: UUID, who: str, *, approved: bool) -> ApprovalRow | None:
        """See `ports.Store.decide`."""

        async def work(ask: Ask) -> ApprovalRow | None:
            await ask(_LOCK_ASKER, {"id": approval_id})  # commits lock the run before its questions too
            for state, run_id, slot in await ask(_DECIDE, {"id": approval_id, "who": clean(who), "approved": approved}):
                if state != "closed":
                    data = values.encode(approved)
                    await tell(ask, [Told(run_id=run_id, kind="decided", source=approval_id, slot=slot, data=data)])
            rows = await ask(_APPROVAL, {"id": approval_id, "limit": 1})
            return approval_row(rows[0]) if rows else None

        return await self._together(work)

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        """See `ports.Store.planned`."""
        names = {clean(each): each for each in keys}
        found = dict(await self._ask(_PLANNED, {"keys": list(names)}))
        if len(found) < len(names):
            await self._change(_PLAN, {"keys": [each for each in names if each not in found]})
            found = dict(await self._ask(_PLANNED, {"keys": list(names)}))
        return {names[each]: at for each, at in found.items()}

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        """See `ports.Store.fire`."""

        async def work(ask: Ask) -> bool:
            params = {"key": clean(key), "planned": planned, "until": max(planned, until)}
            moved = await ask(_MOVE_ON, params)
            if moved and runs:
                await ask(_START, started(runs, self.workspace_id))
            return bool(moved)

        return await self._together(work)


def started(runs: Sequence[NewRun], workspace_id: UUID) -> dict[str, bytes]:
    """What the statement `start` takes."""
    # nothing has to be written before these runs, so the field of it names the run itself
    return {
        "runs": json_rows([start_row(run, run.id, workspace_id) for run in runs]),
        "states": json_array(run.state for run in runs),
    }
