"""The memory store's side of what the platform tells of itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from treadle.runtime.ports import LONGEST_LEASE, Signal, SlowWork, StoredEvent, StoredStep, WorkerRow
from treadle.runtime.store.memory_history import MemoryLive, MemoryRun


class MemoryPlatform:
    """Methods of `ports.Store` about the platform's own events."""

    _clock: Callable[[], datetime]
    _workers: dict[UUID, WorkerRow]
    _runs: dict[UUID, MemoryRun]
    _events: dict[UUID, StoredEvent]
    _live_rows: dict[UUID, MemoryLive]
    _slots: dict[UUID, dict[str, str]]
    _signals: dict[UUID, dict[tuple[str, str, UUID], Signal]]
    _open_of: dict[UUID, set[UUID]]
    _lines: dict[tuple[str, str], dict[UUID, Any]]
    _steps: dict[tuple[UUID, UUID], tuple[StoredStep, UUID | None]]

    def __init__(self) -> None:
        self._sights: dict[tuple[str, str], tuple[UUID, datetime]] = {}
        self._tallies: dict[tuple[str, str], dict[UUID, datetime]] = {}

    async def sight(self, kind: str, key: str, within: float, run_id: UUID) -> UUID:
        """See `ports.Store.sight`."""
        now, held = self._clock(), self._sights.get((kind, key))
        first = run_id if held is None or held[1] <= now else held[0]
        self._sights[kind, key] = (first, now + timedelta(seconds=within))
        return first

    async def tally(self, name: str, key: str, window: float, token: UUID) -> int:
        """See `ports.Store.tally`."""
        now = self._clock()
        since = now - timedelta(seconds=window)
        counted = {each: at for each, at in self._tallies.get((name, key), {}).items() if at > since}
        counted.setdefault(token, now)
        self._tallies[name, key] = counted
        return len(counted)

    async def sign_off(self, worker: UUID) -> None:
        """See `ports.Store.sign_off`."""
        self._workers.pop(worker, None)

    async def silent(self, within: float) -> list[WorkerRow]:
        """See `ports.Store.silent`."""
        now = self._clock()
        until, since = now - timedelta(seconds=within), now - timedelta(days=1)
        return sorted((row for row in self._workers.values() if since < row.seen_at < until), key=lambda row: row.id)

    async def slow(self, longer: float) -> list[SlowWork]:
        """See `ports.Store.slow`."""
        now = self._clock()
        since = now - timedelta(seconds=longer)
        found: list[SlowWork] = []
        for run_id, row in self._live_rows.items():
            if row.worker is not None and row.intent is not None and row.due_at > now:
                step, _ = self._steps[run_id, row.intent]
                if step.state == "intent" and step.started_at is not None and step.started_at < since:
                    found.append(SlowWork(run_id, step.id, step.node, (now - step.started_at).total_seconds()))
        late = [(row.due_at, run_id) for run_id, row in self._live_rows.items() if row.due_at < since]
        return found + [SlowWork(run_id, None, None, (now - due).total_seconds()) for due, run_id in sorted(late)[:1]]

    async def unattended(self) -> dict[str, int]:
        """See `ports.Store.unattended`."""
        now, live = self._clock(), self._live_rows
        lease, wait = now + timedelta(seconds=LONGEST_LEASE), now + timedelta(days=400)
        found = {
            "runs": sum(id_ not in live and run.ended_at is None for id_, run in self._runs.items()),
            "leases": sum(row.worker is not None and row.due_at > lease for row in live.values()),
            "waits": sum(row.due_at > wait for row in live.values()),
            "listens": sum(len(slots) for id_, slots in self._slots.items() if id_ not in live),
            "signals": sum(len(many) for id_, many in self._signals.items() if id_ not in live),
            "turns": sum(id_ not in live for line in self._lines.values() for id_ in line),
            "approvals": sum(len(many) for id_, many in self._open_of.items() if id_ not in live),
        }
        return {what: count for what, count in found.items() if count}

    async def root(self, run_id: UUID) -> UUID:
        """See `ports.Store.root`."""
        at = run_id
        for _ in range(100):
            run = self._runs.get(at)
            event = self._events.get(run.new.event_id) if run is not None and run.new.event_id else None
            before = None if run is None else run.new.parent_id or (event.cause if event else None)
            if before is None or before not in self._runs:
                break
            at = before
        return at
