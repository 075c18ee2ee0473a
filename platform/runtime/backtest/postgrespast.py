"""The past as the real store has it, read a page at a time. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.runtime.backtest.past import PastRun, PastStart, PastSwitch
from treadle.runtime.ids import first_id
from treadle.runtime.ports import ApprovalRow, StoredEvent, StoredStep
from treadle.runtime.queries import query
from treadle.runtime.store.answers import approval_row, stored_event, stored_step
from treadle.runtime.store.parameters import clean, json_ids
from treadle.runtime.store.statements import Statements

_EVENTS, _RUNS_OF, _RUNS = query("past_events"), query("past_runs_of"), query("past_runs")
_BY_CLOCK, _STEPS, _QUESTIONS = query("past_runs_by_clock"), query("past_steps_of"), query("past_questions")
_STARTS, _SWITCHES = query("past_starts"), query("past_switches")
_ORIGINS, _GRAPH = query("past_origins"), query("graph")


class PostgresPast(Statements):
    """See `past.Past`."""

    async def events(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[StoredEvent]:
        """See `Past.events`. An event came in when its id was made, but for the moment of its commit."""
        bounds = {"behind": behind or first_id(since), "end": first_id(until), "limit": limit}
        return [stored_event(row) for row in await self._ask(_EVENTS, bounds)]

    async def runs_of(self, event_ids: Collection[UUID]) -> list[PastRun]:
        """See `Past.runs_of`."""
        return await self._found(_RUNS_OF, event_ids)

    async def runs(self, ids: Collection[UUID]) -> list[PastRun]:
        """See `Past.runs`."""
        return await self._found(_RUNS, ids)

    async def by_clock(self, rule: str, since: datetime, until: datetime) -> list[PastRun]:
        """See `Past.by_clock`."""
        params = {"rule": clean(rule), "first": first_id(since), "end": first_id(until)}
        return [_run(*row) for row in await self._ask(_BY_CLOCK, params)]

    async def switches(self, until: datetime) -> list[PastSwitch]:
        """See `Past.switches`."""
        return [PastSwitch(*row) for row in await self._ask(_SWITCHES, {"until": until})]

    async def starts(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[PastStart]:
        """See `Past.starts`."""
        bounds = {"behind": behind or first_id(since), "end": first_id(until), "limit": limit}
        rows = await self._ask(_STARTS, bounds)
        return [PastStart(run=_run(*row[:6]), kind=row[6], args=row[7]) for row in rows]

    async def steps_of(self, run_ids: Collection[UUID]) -> list[StoredStep]:
        """See `Past.steps_of`."""
        return [stored_step(row) for row in await self._ask(_STEPS, {"ids": json_ids(run_ids)})]

    async def questions_of(self, run_ids: Collection[UUID]) -> list[ApprovalRow]:
        """See `Past.questions_of`."""
        if not run_ids:
            return []
        params = {"ids": json_ids(run_ids), "first": min(run_ids)}
        return [approval_row(row) for row in await self._ask(_QUESTIONS, params)]

    async def origins(self, run_ids: Collection[UUID]) -> dict[UUID, str]:
        """See `Past.origins`."""
        return dict(await self._ask(_ORIGINS, {"ids": json_ids(run_ids)}))

    async def graph(self, version: str) -> Graph | None:
        """See `Past.graph`."""
        found = await self._ask(_GRAPH, {"version": version})
        return msgspec.json.decode(found[0][0], type=Graph) if found else None

    async def _found(self, statement: bytes, ids: Collection[UUID]) -> list[PastRun]:
        return [_run(*row) for row in await self._ask(statement, {"ids": json_ids(ids)})] if ids else []


def _run(id: UUID, rule: str, graph: str, event_id: UUID | None, created_at: datetime, fired: bool) -> PastRun:  # noqa: FBT001 - a row
    return PastRun(id=id, rule=rule, graph=graph, event_id=event_id, created_at=created_at, fired=fired)
