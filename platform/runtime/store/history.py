"""The store's history: events, runs and steps as they were. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from treadle.runtime.ports import EventFilter, RunFilter, RunRow, RunStatus, StoredEvent, StoredStep
from treadle.runtime.queries import query
from treadle.runtime.store.answers import run_row, stored_event, stored_step
from treadle.runtime.store.parameters import clean_or_none
from treadle.runtime.store.statements import Statements

_EVENT, _EVENTS = query("event"), query("events")
_RUNS, _STEPS = query("runs"), query("steps")

# A filter that is not asked for stays out of the statement, so that each combination is planned for itself.
_EVENT_FILTERS = {
    "trigger": b"trigger = %(trigger)s",
    "entity": b"entity = %(entity)s",
    "before": b"id < %(before)s",
}
_RUN_FILTERS = {
    "rule": b"runs.rule = %(rule)s",
    "event": b"runs.event_id = %(event)s",
    "entity": b"runs.event_id = any (array(select id from events where entity = %(entity)s))",
    "before": b"runs.id < %(before)s",
}
_UNSUPPRESSED = b"ended.outcome is distinct from 'suppressed'"
_WITH_STATUS: dict[RunStatus, bytes] = {
    "done": b"ended.outcome = 'done'",
    "failed": b"runs.id in (select run_id from run_ends where outcome = 'failed')",
    "stopped": b"runs.id in (select run_id from run_ends where outcome = 'stopped')",
    "suppressed": b"runs.id in (select run_id from run_ends where outcome = 'suppressed')",
    "matching": b"runs.id in (select run_id from live_runs where status = 'matching')",
    "running": b"runs.id in (select run_id from live_runs where status = 'running')",
    "waiting": b"runs.id in (select run_id from live_runs where status = 'waiting')",
    "unknown": b"runs.id in (select run_id from live_runs where status = 'unknown')",
}
"""The rare ones are found by an index of their own; `done` is what most runs are."""


class History(Statements):
    """Methods of `ports.Store` about what was."""

    async def event(self, id: UUID) -> StoredEvent | None:
        """See `ports.Store.event`."""
        found = await self._ask(_EVENT, {"id": id})
        return stored_event(found[0]) if found else None

    async def events(self, filter: EventFilter) -> list[StoredEvent]:
        """See `ports.Store.events`."""
        params = {
            "trigger": clean_or_none(filter.trigger),
            "entity": clean_or_none(filter.entity),
            "before": filter.before,
        }
        conditions = [_EVENT_FILTERS[name] for name, value in params.items() if value is not None]
        found = await self._ask(_filtered(_EVENTS, conditions), params | {"limit": filter.limit})
        return [stored_event(row) for row in found]

    async def run(self, id: UUID) -> RunRow | None:
        """See `ports.Store.run`."""
        found = await self._ask(_filtered(_RUNS, [b"runs.id = %(id)s"]), {"id": id, "limit": 1})
        return run_row(found[0]) if found else None

    async def runs(self, filter: RunFilter) -> list[RunRow]:
        """See `ports.Store.runs`."""
        params = {
            "rule": clean_or_none(filter.rule),
            "event": filter.event_id,
            "entity": clean_or_none(filter.entity),
            "before": filter.before,
        }
        conditions = [_RUN_FILTERS[name] for name, value in params.items() if value is not None]
        conditions.append(_WITH_STATUS[filter.status] if filter.status else _UNSUPPRESSED)
        found = await self._ask(_filtered(_RUNS, conditions), params | {"limit": filter.limit})
        return [run_row(row) for row in found]

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """See `ports.Store.steps`."""
        return [stored_step(row) for row in await self._ask(_STEPS, {"run": run_id})]


def _filtered(statement: bytes, conditions: Iterable[bytes]) -> bytes:
    return statement.replace(b"{filters}", b" and ".join(conditions) or b"true")
