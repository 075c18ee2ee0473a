"""The store's history: events, runs and steps as they were. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from treadle.runtime.ports import EventFilter, RunFilter, RunRow, StoredEvent, StoredStep
from treadle.runtime.queries import query
from treadle.runtime.store.answers import run_row, stored_event, stored_step
from treadle.runtime.store.listing import event_filters, event_parameters, run_parameters, run_sources
from treadle.runtime.store.parameters import json_ids
from treadle.runtime.store.statements import Statements

_EVENT, _EVENTS, _FATES = query("event"), query("events"), query("fates")
_RUNS, _STEPS, _VERSIONS = query("runs"), query("steps"), query("versions")

_RUN = _RUNS.replace(b"{sources}", b"select %(id)s::uuid as id")


class History(Statements):
    """Methods of `ports.Store` about what was."""

    async def event(self, id: UUID) -> StoredEvent | None:
        """See `ports.Store.event`."""
        found = await self._ask(_EVENT, {"id": id})
        return stored_event(found[0]) if found else None

    async def events(self, filter: EventFilter) -> list[StoredEvent]:
        """See `ports.Store.events`."""
        statement = _EVENTS.replace(b"{filters}", event_filters(filter))
        return [stored_event(row) for row in await self._ask(statement, event_parameters(filter))]

    async def fates(self, event_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """See `ports.Store.fates`."""
        found = await self._ask(_FATES, {"events": json_ids(event_ids)})
        return {id_: fired or [] for id_, fired in found}

    async def run(self, id: UUID) -> RunRow | None:
        """See `ports.Store.run`."""
        found = await self._ask(_RUN, {"id": id, "limit": 1})
        return run_row(found[0]) if found else None

    async def runs(self, filter: RunFilter) -> list[RunRow]:
        """See `ports.Store.runs`."""
        statement = _RUNS.replace(b"{sources}", run_sources(filter))
        return [run_row(row) for row in await self._ask(statement, run_parameters(filter))]

    async def versions(self, run_id: UUID) -> list[tuple[datetime, str]]:
        """See `ports.Store.versions`."""
        return [(since, graph) for since, graph in await self._ask(_VERSIONS, {"run": run_id})]

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """See `ports.Store.steps`."""
        return [stored_step(row) for row in await self._ask(_STEPS, {"run": run_id})]
