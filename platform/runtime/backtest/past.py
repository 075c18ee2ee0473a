"""What a backtest reads of the past: events in their order, and what the runs of then did. Owns no way to a database.

`StorePast` reads any store that is small enough to be listed whole; `postgrespast` reads the real one page by page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.runtime.ports import ApprovalRow, EventFilter, RunFilter, StoredEvent, StoredStep
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.switching import State

_ALL = 10_000_000


class PastRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of then. `fired` is false for one that a condition or a clause kept from it."""

    id: UUID
    rule: str
    graph: str
    event_id: UUID | None
    created_at: datetime
    fired: bool


class PastSwitch(msgspec.Struct, frozen=True):
    """Somebody switched a rule."""

    at: datetime
    rule: str
    to: State


class PastStart(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody started a run by hand, or a row of a list did. `args` is the JSON of what it was given."""

    run: PastRun
    kind: Literal["rule", "sequence"]
    args: bytes | None

    @property
    def at(self) -> datetime:
        """When."""
        return self.run.created_at


class Past(Protocol):
    """History, read only. Raises `StoreDown`."""

    async def events(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[StoredEvent]:
        """Up to `limit` events that came in from `since` on and before `until`, oldest first, behind this one."""
        ...

    async def runs_of(self, event_ids: Collection[UUID]) -> list[PastRun]:
        """The runs that these events started."""
        ...

    async def runs(self, ids: Collection[UUID]) -> list[PastRun]:
        """These runs; unknown ones are left out."""
        ...

    async def by_clock(self, rule: str, since: datetime, until: datetime) -> list[PastRun]:
        """The runs that no event started of this rule, created within, oldest first; a hundred at most."""
        ...

    async def switches(self, until: datetime) -> list[PastSwitch]:
        """Each time that a rule was switched before this, the oldest first."""
        ...

    async def starts(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[PastStart]:
        """Up to `limit` runs that people started within, oldest first, behind this one; none that repeats another."""
        ...

    async def steps_of(self, run_ids: Collection[UUID]) -> list[StoredStep]:
        """The steps of these runs, those of a run in order."""
        ...

    async def questions_of(self, run_ids: Collection[UUID]) -> list[ApprovalRow]:
        """What these runs asked people, the oldest first."""
        ...

    async def origins(self, run_ids: Collection[UUID]) -> dict[UUID, str]:
        """The rule at the root of the chain of starts of each of these runs; unknown ones are left out."""
        ...

    async def graph(self, version: str) -> Graph | None:
        """A graph by its version."""
        ...


class StorePast:
    """The past of a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._graphs: dict[str, Graph] = {}

    def knows(self, graphs: Sequence[Graph]) -> None:
        """Graphs that runs were pinned to and that were never published there."""
        self._graphs |= {each.version(): each for each in graphs}

    async def events(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[StoredEvent]:
        """See `Past.events`."""
        found = await self._store.events(EventFilter(limit=_ALL))
        ordered = sorted(found, key=lambda event: event.id)
        return [each for each in ordered if since <= each.received_at < until and (behind is None or each.id > behind)][
            :limit
        ]

    async def runs_of(self, event_ids: Collection[UUID]) -> list[PastRun]:
        """See `Past.runs_of`."""
        return [each for each in await self._all() if each.event_id in event_ids]

    async def runs(self, ids: Collection[UUID]) -> list[PastRun]:
        """See `Past.runs`."""
        return [each for each in await self._all() if each.id in ids]

    async def by_clock(self, rule: str, since: datetime, until: datetime) -> list[PastRun]:
        """See `Past.by_clock`."""
        return [
            each
            for each in await self._all()
            if each.rule == rule and each.event_id is None and since <= each.created_at < until
        ]

    async def switches(self, until: datetime) -> list[PastSwitch]:
        """See `Past.switches`."""
        return [PastSwitch(at, rule, to or "on") for at, rule, to in self._store.switchings() if at < until]

    async def starts(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[PastStart]:
        """See `Past.starts`."""
        found = []
        for each in await self._all():
            origin = await self._store.origin(each.id)
            if origin is None or origin.retry_of is not None or not since <= each.created_at < until:
                continue
            row = await self._store.run(each.id)
            if row is not None and (behind is None or each.id > behind):
                found.append(PastStart(run=each, kind=row.kind, args=origin.args))
        return found[:limit]

    async def steps_of(self, run_ids: Collection[UUID]) -> list[StoredStep]:
        """See `Past.steps_of`."""
        return [step for each in run_ids for step in await self._store.steps(each)]

    async def questions_of(self, run_ids: Collection[UUID]) -> list[ApprovalRow]:
        """See `Past.questions_of`."""
        asked = await self._store.approvals(open_only=False, limit=_ALL)
        return [each for each in reversed(asked) if each.run_id in run_ids]

    async def origins(self, run_ids: Collection[UUID]) -> dict[UUID, str]:
        """See `Past.origins`."""
        found: dict[UUID, str] = {}
        for each in run_ids:
            row = await self._store.run(each)
            while row is not None:
                found[each] = row.rule
                row = await self._store.run(row.parent_id) if row.parent_id else None
        return found

    async def graph(self, version: str) -> Graph | None:
        """See `Past.graph`."""
        if version not in self._graphs and (stored := await self._store.graph(version)) is not None:
            self._graphs[version] = msgspec.json.decode(stored, type=Graph)
        return self._graphs.get(version)

    async def _all(self) -> list[PastRun]:
        rows = await self._store.runs(RunFilter(limit=_ALL))
        rows += await self._store.runs(RunFilter(status="suppressed", limit=_ALL))
        return [
            PastRun(
                id=row.id,
                rule=row.rule,
                graph=row.graph,
                event_id=row.event_id,
                created_at=row.created_at,
                fired=row.status not in ("suppressed", "matching"),
            )
            for row in sorted(rows, key=lambda row: row.id)
        ]
