"""The store's side of publishing: another set goes live, and runs that wait go over to it, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from treadle.runtime.ports import Moved, PinnedRun, Publication, Transition, WebhookRow
from treadle.runtime.queries import query
from treadle.runtime.store.committing import FENCED, Committing
from treadle.runtime.store.listening import LookingBack
from treadle.runtime.store.parameters import NOBODY, clean_or_none, json_array, json_rows, json_texts
from treadle.runtime.store.statements import Ask
from treadle.runtime.worldrecords import NOTHING_LIVE, Outrun

_PUBLISH, _PINNED, _MOVE = query("publish"), query("pinned"), query("move_runs")
_DROP_PUBLICATIONS, _DROP_GRAPHS, _LOCK = query("drop_publications"), query("drop_graphs"), query("lock_publications")
_DROP_TEXTS, _LIVE = query("drop_texts"), query("live")


class _Source(msgspec.Struct, frozen=True):
    path: str
    source: str


class _Version(msgspec.Struct, frozen=True):
    version: str


class _MoveRow(msgspec.Struct, frozen=True):
    run_id: UUID
    epoch: int
    graph: str


class Publishing(Committing):
    """Methods of `ports.Store` about publishing."""

    async def publish(
        self,
        publication: Publication,
        *,
        begins: Sequence[str] = (),
        webhooks: Sequence[WebhookRow] = (),
        moves: Sequence[Moved] = (),
        restarts: Sequence[Transition] = (),
        onto: UUID | None = None,
    ) -> set[UUID]:
        """See `ports.Store.publish`."""
        params = {
            "id": publication.id,
            "created_at": publication.created_at,
            "sources": json_rows([_Source(path, text) for path, text in publication.sources.items()]),
            "versions": json_rows([_Version(version) for version in publication.graphs]),
            "graphs": json_array(publication.graphs.values()),
            "limits": publication.limits,
            "events": publication.events,
            "begins": json_texts(sorted(begins)),
            "webhooks": json_rows(webhooks),
            "who": clean_or_none(publication.who),
            "comment": clean_or_none(publication.comment),
            "restores": publication.restores,
        }
        ends = sorted(restarts, key=lambda each: each.run_id)

        async def work(ask: Ask) -> set[UUID]:
            late: set[UUID] = set()
            await ask(_LOCK, {})
            if onto is not None:
                await self._stands(ask, onto)
            if ends:
                answer = await self._write_whole(ask, ends, LookingBack(ends))
                late |= {run_id for run_id, what in answer if what == FENCED}
            if moves:
                late |= {each.run_id for each in moves} - {row[0] for row in await ask(_MOVE, _moved(moves))}
            await ask(_PUBLISH, params)
            return late

        return await self._together(work)

    async def _stands(self, ask: Ask, onto: UUID) -> None:
        found = await ask(_LIVE, {})
        live = found[0][0] if found else None
        if (live or NOTHING_LIVE) != onto:
            raise Outrun("Another publication went live meanwhile")

    async def pinned(
        self, live: Sequence[str], harmless: Sequence[str], *, behind: UUID | None = None, limit: int = 1000
    ) -> list[PinnedRun]:
        """See `ports.Store.pinned`."""
        params = {"live": list(live), "harmless": list(harmless), "behind": behind or NOBODY, "limit": limit}
        fields = PinnedRun.__struct_fields__
        return [PinnedRun(**dict(zip(fields, row, strict=True))) for row in await self._ask(_PINNED, params)]

    async def drop_publications(self) -> int:
        """See `ports.Store.drop_publications`."""

        async def work(ask: Ask) -> int:
            await ask(_LOCK, {})
            dropped = await ask(_DROP_PUBLICATIONS, {})
            await ask(_DROP_GRAPHS, {})
            if dropped:
                await ask(_DROP_TEXTS, {})
            return len(dropped)

        return await self._together(work)


def _moved(moves: Sequence[Moved]) -> dict[str, bytes]:
    ordered = sorted(moves, key=lambda each: each.run_id)
    return {
        "moves": json_rows([_MoveRow(each.run_id, each.epoch, each.graph) for each in ordered]),
        "states": json_array(each.state for each in ordered),
    }
