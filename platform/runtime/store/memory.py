"""`ports.Store` in memory: for tests and for trying a file, on any clock. Nothing of it survives the process.

Passes the contract tests that Postgres passes. There is no await inside a method, so each is one commit here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from uuid import UUID

from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.ports import (
    LONGEST_LEASE,
    RENEWAL_ROOM,
    Arrival,
    Claimed,
    Echo,
    Load,
    NewDelivery,
    NewRun,
    StoredEvent,
    WorkerRow,
)
from treadle.runtime.store.memory_bulk import MemoryBulks
from treadle.runtime.store.memory_commits import MemoryCommits
from treadle.runtime.store.memory_counts import MemoryCounts
from treadle.runtime.store.memory_history import MemoryLive, MemoryRun
from treadle.runtime.store.memory_publishing import MemoryPublishing
from treadle.runtime.store.memory_upkeep import MemoryUpkeep
from treadle.runtime.store.memory_watching import MemoryPlatform
from treadle.runtime.store.memory_world import MemoryWorld
from treadle.runtime.store.parameters import clean, clean_or_none

_REMEMBERED = timedelta(minutes=10)


class MemoryStore(
    MemoryPublishing, MemoryCommits, MemoryCounts, MemoryPlatform, MemoryUpkeep, MemoryWorld, MemoryBulks
):
    """One workspace in dictionaries. `clock` gives the store's time; it has to be aware."""

    def __init__(self, clock: Callable[[], datetime] | None = None, workspace_id: UUID = DEFAULT_WORKSPACE) -> None:
        MemoryPublishing.__init__(self)
        MemoryCounts.__init__(self)
        MemoryPlatform.__init__(self)
        MemoryWorld.__init__(self, clock or (lambda: datetime.now(UTC)))
        MemoryBulks.__init__(self)
        self.workspace_id = workspace_id
        self.deliveries: dict[UUID, NewDelivery] = {}
        self._keys: dict[tuple[UUID | None, str], UUID] = {}
        self._workers: dict[UUID, WorkerRow] = {}

    async def now(self) -> datetime:
        """See `ports.Store.now`."""
        return self._clock()

    # --- accept -----------------------------------------------------------------------------------------------------

    async def accept(
        self, deliveries: Sequence[NewDelivery], arrivals: Sequence[Arrival], told: set[UUID] | None = None
    ) -> dict[UUID, UUID]:
        """See `ports.Store.accept`."""
        for delivery in deliveries:
            self.deliveries.setdefault(delivery.id, delivery)
        found = [(arrival.event.id, self._arrive(arrival)) for arrival in arrivals]
        if told is not None:
            came = {("event", arrival.event.id) for arrival in arrivals}
            told |= {run for run, known in self._signals.items() if any((kind, of) in came for kind, _, of in known)}
        return {id_: first for id_, first in found if first != id_}

    def _arrive(self, arrival: Arrival) -> UUID:
        new = arrival.event
        first = new.id if new.key is None else self._keys.setdefault((new.connection_id, new.key), new.id)
        if first != new.id or new.id in self._events:
            return first
        self._events[new.id] = StoredEvent(
            id=new.id,
            trigger=clean(new.trigger),
            data=new.data,
            received_at=self._clock(),
            connection_id=new.connection_id,
            key=clean_or_none(new.key),
            entity=clean_or_none(new.entity),
            version=clean_or_none(new.version),
            unread=clean_or_none(new.unread),
            publication=new.publication,
            cause=new.cause,
            hops=new.hops,
        )
        for run in arrival.runs:
            self._start(run)
        self._heard(self._events[new.id])
        return first

    def _start(self, new: NewRun) -> None:
        if new.id not in self._runs:
            now = self._clock()
            due_at = now + timedelta(seconds=new.delay)
            run = self._runs[new.id] = MemoryRun(new=new, created_at=now, status=new.status)
            self._live_rows[new.id] = MemoryLive(run=run, due_at=due_at, state=new.state)
            if new.turn is not None:
                self._name(new.rule, new.turn, new.id)
            if new.quiet is not None and new.event_id is not None:
                self._groups.setdefault((new.rule, new.quiet), {})[new.event_id] = new.id

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """See `ports.Store.echoes`."""
        since, wanted = self._clock() - _REMEMBERED, {clean(each) for each in entities}
        return [
            Echo(
                entity=step.entity,
                run_id=step.run_id,
                origin=self._runs[step.run_id].new.origin,
                version=step.version,
                open=step.state != "done",
                hops=self._runs[step.run_id].new.hops,
            )
            for step, connection in self._steps.values()
            if connection == connection_id and step.entity is not None and step.entity in wanted
            if step.state != "failed" and step.started_at is not None and step.started_at > since
        ]

    # --- work -------------------------------------------------------------------------------------------------------

    async def soonest(self) -> datetime | None:
        """See `virtual.TimedStore.soonest`."""
        live = (row.due_at for row in self._live_rows.values() if row.run.status != "unknown")
        return min(live, default=None)

    async def claim(self, worker: UUID, limit: int, lease: float, *, suspects: bool | None = None) -> list[Claimed]:
        """See `ports.Store.claim`."""
        now = self._clock()
        live = [row for row in self._live_rows.values() if row.due_at <= now and suspects in (None, row.suspect)]
        due = nsmallest(limit, live, key=lambda row: (row.due_at, row.run.new.id))
        for row in due:
            row.crashes += row.worker is not None
            row.epoch += 1
            row.worker = worker
            row.due_at = now + timedelta(seconds=min(lease, LONGEST_LEASE))
        return [self._claimed(row, now) for row in due]

    def _claimed(self, row: MemoryLive, now: datetime) -> Claimed:
        new = row.run.new
        return Claimed(
            run_id=new.id,
            workspace_id=self.workspace_id,
            epoch=row.epoch,
            graph=new.graph,
            kind=new.kind,
            rule=new.rule,
            origin=new.origin,
            status=row.run.status,  # type: ignore[arg-type]
            state=row.state,
            hops=new.hops,
            crashes=row.crashes,
            event=self._events.get(new.event_id) if new.event_id else None,
            intent=self._steps[new.id, row.intent][0] if row.intent else None,
            now=now,
            signals=tuple(self._unread(new.id)),
        )

    async def renew(self, worker: UUID, lease: float) -> int:
        """See `ports.Store.renew`."""
        now = self._clock()
        until = now + timedelta(seconds=min(lease, LONGEST_LEASE))
        latest = until + timedelta(seconds=RENEWAL_ROOM)
        mine = [row for row in self._live_rows.values() if row.worker == worker and now < row.due_at <= latest]
        for row in mine:
            row.due_at = max(row.due_at, until)
        return len(mine)

    async def release(self, worker: UUID) -> int:
        """See `ports.Store.release`."""
        mine = [row for row in self._live_rows.values() if row.worker == worker]
        for row in mine:
            row.worker, row.crashes, row.due_at = None, 0, self._clock()
        return len(mine)

    async def load(self) -> Load:
        """See `ports.Store.load`."""
        now = self._clock()
        due = [row.due_at for row in self._live_rows.values() if row.due_at <= now]
        claimed = sum(row.worker is not None and row.due_at > now for row in self._live_rows.values())
        suspects = sum(row.due_at <= now and row.suspect for row in self._live_rows.values())
        return Load(len(due), claimed, (now - min(due)).total_seconds() if due else 0.0, suspects)

    async def heartbeat(self, worker: UUID, name: str, *, claimed: int, progressed: bool) -> None:
        """See `ports.Store.heartbeat`."""
        now, known = self._clock(), self._workers.get(worker)
        self._workers[worker] = WorkerRow(
            id=worker,
            name=clean(name),
            started_at=known.started_at if known else now,
            seen_at=now,
            progress_at=now if progressed or known is None else known.progress_at,
            claimed=claimed,
        )

    async def workers(self) -> list[WorkerRow]:
        """See `ports.Store.workers`."""
        since = self._clock() - _REMEMBERED
        return sorted((row for row in self._workers.values() if row.seen_at > since), key=lambda row: row.id)
