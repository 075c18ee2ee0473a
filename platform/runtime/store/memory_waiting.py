"""What runs of the memory store wait for: people, other runs, quiet, the clock."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.ports import (
    ApprovalRow,
    End,
    Fault,
    NewApproval,
    NewRun,
    RunStatus,
    Transition,
)
from treadle.runtime.records import cancelled_by
from treadle.runtime.store.memory_turns import MemoryTurns
from treadle.runtime.store.parameters import clean, clean_fault

_Key = tuple[str, str]


class MemoryWaiting(MemoryTurns):
    """Methods of `ports.Store` about waiting."""

    def __init__(self) -> None:
        super().__init__()
        self._approvals: dict[UUID, tuple[ApprovalRow, str]] = {}
        self._open_of: dict[UUID, set[UUID]] = {}
        self._groups: dict[_Key, dict[UUID, UUID]] = {}
        self._closed: dict[UUID, list[UUID]] = {}
        self._planned: dict[str, datetime] = {}

    @abstractmethod
    def _start(self, new: NewRun) -> None:
        """See `MemoryStore`."""

    async def start(self, runs: Sequence[NewRun]) -> None:
        """See `ports.Store.start`."""
        for run in runs:
            self._start(run)

    async def order_end(self, run_ids: Sequence[UUID], by: UUID, fault: Fault) -> dict[UUID, RunStatus]:
        """See `ports.Store.order_end`."""
        for run_id in run_ids:
            self._signal(run_id, "end", by, fault=clean_fault(fault))
        return await self.statuses(run_ids)

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, RunStatus]:
        """See `ports.Store.statuses`."""
        return {each: self._runs[each].status for each in run_ids if each in self._runs}

    # --- what transitions say about waiting --------------------------------------------------------------------------

    def _wait(self, held: Sequence[Transition]) -> None:
        ends = [(each.run_id, each.then) for each in held if isinstance(each.then, End)]
        for each in held:
            self._forget(each)
        if ends:
            self._leave([run_id for run_id, _ in ends])
        for run_id, end in ends:
            self._return(self._runs[run_id].new, end)
        for each in held:
            if not isinstance(each.then, End):
                self._begin(each)
        for each in held:
            self._cancel(each)

    def _begin(self, transition: Transition) -> None:
        for listen in transition.listens:
            self._listen(transition.run_id, listen)
        firsts = {each.slot: each for each in reversed(transition.approvals)}
        for approval in firsts.values():
            self._open(transition.run_id, approval)

    def _cancel(self, transition: Transition) -> None:
        fault = cancelled_by(transition.run_id)
        for rule, key in transition.cancels:
            for run_id in self._lines.get((rule, key.decode()), {}):
                self._signal(run_id, "end", transition.run_id, fault=fault)

    def _forget(self, transition: Transition) -> None:
        run_id, ends = transition.run_id, isinstance(transition.then, End)
        slots, read = self._slots.get(run_id, {}), set(transition.read)
        forgotten = {*transition.forgets, *(slots if ends else ())}
        for slot in forgotten & slots.keys():
            del self._ears[slots.pop(slot)][run_id, slot]
        for id_ in list(self._open_of.get(run_id, ())):
            row, slot = self._approvals[id_]
            if ends or slot in forgotten:
                self._close(replace(row, state="closed"), slot)
        if known := self._signals.get(run_id):
            kept = {key: each for key, each in known.items() if each.id not in read}
            self._signals[run_id] = {key: each for key, each in kept.items() if not (key[1] and key[1] in forgotten)}

    def _gone(self, run_id: UUID) -> None:
        """The end of a run takes along all that only a live one has."""
        del self._live_rows[run_id]
        for known in (self._signals, self._closed, self._slots, self._open_of):
            known.pop(run_id, None)

    def _return(self, new: NewRun, end: End) -> None:
        if new.answers is not None and new.parent_id is not None:
            fault = clean_fault(end.error) if end.status in ("failed", "suppressed") else None
            self._signal(new.parent_id, "returned", new.id, new.answers, data=end.output, fault=fault)

    # --- approvals ---------------------------------------------------------------------------------------------------

    def _open(self, run_id: UUID, new: NewApproval) -> None:
        now, known = self._clock(), self._open_of.setdefault(run_id, set())
        if new.id in self._approvals or any(self._approvals[each][1] == new.slot for each in known):
            return
        known.add(new.id)
        row = ApprovalRow(
            id=new.id,
            run_id=run_id,
            rule=self._runs[run_id].new.rule,
            question=clean(new.question),
            by=clean(new.by),
            state="open",
            created_at=now,
            until=now + timedelta(seconds=new.seconds),
        )
        self._approvals[new.id] = (row, new.slot)

    def _close(self, row: ApprovalRow, slot: str) -> None:
        self._approvals[row.id] = (row, slot)
        self._open_of[row.run_id].discard(row.id)

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[ApprovalRow]:
        """See `ports.Store.approvals`."""
        rows = [row for row, _ in self._approvals.values() if not open_only or row.state == "open"]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]

    async def approval(self, id: UUID) -> ApprovalRow | None:
        """See `ports.Store.approval`."""
        return self._approvals.get(id, (None, ""))[0]

    async def decide(self, approval_id: UUID, who: str, *, approved: bool) -> ApprovalRow | None:
        """See `ports.Store.decide`."""
        row, slot = self._approvals.get(approval_id, (None, ""))
        if row is None or row.state != "open":
            return row
        now = self._clock()
        if row.until <= now:
            row = replace(row, state="closed")
        else:
            row = replace(row, state="approved" if approved else "refused", decided_by=clean(who), decided_at=now)
            self._signal(row.run_id, "decided", approval_id, slot, data=values.encode(approved))
        self._close(row, slot)
        return row

    def _leave(self, run_ids: Sequence[UUID]) -> None:
        self._leave_lines(run_ids)
        for key, group in list(self._groups.items()):
            if group[max(group)] in run_ids:
                del self._groups[key]

    # --- quiet -------------------------------------------------------------------------------------------------------

    async def join_quiet(self, rule: str, key: str, run_id: UUID) -> bool:
        """See `ports.Store.join_quiet`."""
        if run_id not in self._live_rows or run_id in self._closed:
            return run_id in self._closed
        group = self._groups.setdefault((rule, key), {})
        group[self._runs[run_id].new.event_id or run_id] = run_id
        return group[max(group)] == run_id

    async def take_quiet(self, rule: str, key: str, run_id: UUID) -> list[UUID] | None:
        """See `ports.Store.take_quiet`."""
        group = self._groups.get((rule, key))
        if run_id not in self._closed and group and group[max(group)] == run_id:
            del self._groups[rule, key]
            self._closed[run_id] = [each for each in sorted(group) if each in self._events]
        return self._closed.get(run_id)

    # --- schedules ---------------------------------------------------------------------------------------------------

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        """See `ports.Store.planned`."""
        return {each: self._planned.setdefault(each, self._clock()) for each in keys}

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        """See `ports.Store.fire`."""
        if key in self._planned and planned <= self._planned[key]:
            return False
        self._planned[key] = max(planned, until)
        await self.start(runs)
        return True
