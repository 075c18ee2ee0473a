"""What runs of the memory store wait for: events they listen for, people, other runs, their turn, quiet, the clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    ApprovalRow,
    End,
    Fault,
    NewApproval,
    NewListen,
    NewRun,
    RunStatus,
    Signal,
    StoredEvent,
    Transition,
)
from treadle.runtime.store.memory_history import MemoryHistory

_Key = tuple[str, str]


class MemoryWaiting(MemoryHistory):
    """Methods of `ports.Store` about waiting."""

    _clock: Callable[[], datetime]

    def __init__(self) -> None:
        super().__init__()
        self._listens: dict[str, dict[tuple[UUID, str], NewListen]] = {}
        self._signals: dict[UUID, list[Signal]] = {}
        self._approvals: dict[UUID, tuple[ApprovalRow, str]] = {}
        self._lines: dict[_Key, list[UUID]] = {}
        self._groups: dict[_Key, dict[UUID, UUID]] = {}
        self._closed: dict[UUID, list[UUID]] = {}
        self._planned: dict[str, datetime] = {}

    def _start(self, new: NewRun) -> None:
        raise NotImplementedError

    async def start(self, runs: Sequence[NewRun]) -> None:
        """See `ports.Store.start`."""
        for run in runs:
            self._start(run)

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, RunStatus]:
        """See `ports.Store.statuses`."""
        return {each: self._runs[each].status for each in run_ids if each in self._runs}

    # --- signals -----------------------------------------------------------------------------------------------------

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """See `ports.Store.signals`."""
        return {each: list(self._signals[each]) for each in run_ids if self._signals.get(each)}

    def _signal(self, run_id: UUID, kind: Any, **fields: Any) -> None:
        row = self._live_rows.get(run_id)
        if row is None:
            return
        self._signals.setdefault(run_id, []).append(Signal(id=new_id(), kind=kind, **fields))
        if row.worker is None:
            row.due_at = min(row.due_at, self._clock())

    def _heard(self, event: StoredEvent) -> None:
        for (run_id, slot), listen in list(self._listens.get(event.trigger, {}).items()):
            if run_id != event.cause and _fits(listen, event):
                self._signal(run_id, "event", slot=slot, event=event)

    def _listen(self, run_id: UUID, new: NewListen) -> None:
        known = self._listens.setdefault(new.trigger, {})
        if (run_id, new.slot) in known:
            return
        known[run_id, new.slot] = new
        if new.from_start:
            run = self._runs[run_id]
            for event in list(self._events.values()):
                missed = event.received_at >= run.created_at and event.id != run.new.event_id
                if missed and event.trigger == new.trigger and event.cause != run_id and _fits(new, event):
                    self._signal(run_id, "event", slot=new.slot, event=event)

    def _wait(self, transition: Transition) -> None:
        """What a transition says about waiting."""
        run_id = transition.run_id
        for slot in transition.forgets:
            self._forget(run_id, lambda each, slot=slot: each == slot)  # type: ignore[misc]
        for listen in transition.listens:
            self._listen(run_id, listen)
        for approval in transition.approvals:
            self._open(run_id, approval)
        read = set(transition.read)
        if read and run_id in self._signals:
            self._signals[run_id] = [each for each in self._signals[run_id] if each.id not in read]
        for rule, key in transition.cancels:
            for each in self._lines.get((rule, key.decode()), []):
                self._signal(each, "end", fault=Fault("cancelled", f"the run {run_id} cancelled it"))

    def _forget(self, run_id: UUID, forgets: Callable[[str], bool]) -> None:
        for known in self._listens.values():
            for key in [each for each in known if each[0] == run_id and forgets(each[1])]:
                del known[key]
        for id_, (row, slot) in self._approvals.items():
            if row.run_id == run_id and row.state == "open" and forgets(slot):
                self._approvals[id_] = (replace(row, state="closed"), slot)
        if run_id in self._signals:
            self._signals[run_id] = [each for each in self._signals[run_id] if not (each.slot and forgets(each.slot))]

    def _over(self, new: NewRun, end: End) -> None:
        """What the end of a run means for others."""
        self._forget(new.id, lambda _: True)
        self._signals.pop(new.id, None)
        self._closed.pop(new.id, None)
        self._leave(new.id)
        if new.answers is not None and new.parent_id is not None:
            fault = end.error if end.status in ("failed", "suppressed") else None
            self._signal(new.parent_id, "returned", slot=new.answers, data=end.output, fault=fault)

    # --- approvals ---------------------------------------------------------------------------------------------------

    def _open(self, run_id: UUID, new: NewApproval) -> None:
        now = self._clock()
        row = ApprovalRow(
            id=new.id,
            run_id=run_id,
            rule=self._runs[run_id].new.rule,
            question=new.question,
            by=new.by,
            state="open",
            created_at=now,
            until=now + timedelta(seconds=new.seconds),
        )
        self._approvals.setdefault(new.id, (row, new.slot))

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[ApprovalRow]:
        """See `ports.Store.approvals`."""
        rows = [row for row, _ in self._approvals.values() if not open_only or row.state == "open"]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]

    async def decide(self, approval_id: UUID, who: str, *, approved: bool) -> ApprovalRow | None:
        """See `ports.Store.decide`."""
        row, slot = self._approvals.get(approval_id, (None, ""))
        if row is None or row.state != "open":
            return row
        now = self._clock()
        if row.until <= now:
            row = replace(row, state="closed")
        else:
            row = replace(row, state="approved" if approved else "refused", decided_by=who, decided_at=now)
            self._signal(row.run_id, "decided", slot=slot, data=values.encode(approved))
        self._approvals[approval_id] = (row, slot)
        return row

    # --- turns -------------------------------------------------------------------------------------------------------

    async def take_turn(
        self, rule: str, key: str, run_id: UUID, otherwise: Literal["skip", "queue", "replace"]
    ) -> UUID | None:
        """See `ports.Store.take_turn`."""
        line = self._lines.setdefault((rule, key), [])
        if not line or (run_id not in line and otherwise != "skip"):
            if otherwise == "replace":
                for each in line:
                    self._signal(each, "end", fault=Fault("replaced", f"the run {run_id} took its place"))
            line.append(run_id)
        return None if line[0] == run_id else line[0]

    def _leave(self, run_id: UUID) -> None:
        for key, line in list(self._lines.items()):
            if run_id in line:
                first = line[0] == run_id
                line.remove(run_id)
                if first and line:
                    self._signal(line[0], "turn")
                if not line:
                    del self._lines[key]
        for key, group in list(self._groups.items()):
            if group[max(group)] == run_id:
                del self._groups[key]

    # --- quiet -------------------------------------------------------------------------------------------------------

    async def join_quiet(self, rule: str, key: str, run_id: UUID) -> bool:
        """See `ports.Store.join_quiet`."""
        if run_id in self._closed:
            return True
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


def _fits(listen: NewListen, event: StoredEvent) -> bool:
    if listen.connection_id is not None and listen.connection_id != event.connection_id:
        return False
    if listen.path is None:
        return True
    found = values.decode(event.data)
    for part in listen.path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    wanted = None if listen.value is None else values.decode(listen.value)
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)
