"""The memory store's publishing: another set goes live, and runs that wait go over to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice, pairwise
from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.ports import Moved, PinnedRun, Publication, Transition, WebhookRow
from treadle.runtime.store.memory_history import MemoryLive
from treadle.runtime.store.memory_switches import MemorySwitches
from treadle.runtime.store.memory_world import MemoryWorld
from treadle.runtime.worldrecords import NOTHING_LIVE, Outrun

_AROUND, _YOUNG, _KEPT = timedelta(hours=1), timedelta(days=1), timedelta(days=30)


class MemoryPublishing(MemorySwitches, MemoryWorld):
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
        if onto not in (None, self._live or NOTHING_LIVE):
            raise Outrun("Another publication went live meanwhile")
        late = await self.commit(restarts) | {each.run_id for each in moves if not self._move_over(each)}
        self._publications.setdefault(publication.id, publication)
        self._live = publication.id
        now = self._clock()
        for key in begins:
            await self.fire(key, now, now, [])
        for row in webhooks:
            self._webhooks.setdefault(row.name, row)
        return late

    def _move_over(self, moved: Moved) -> bool:
        row = self._live_rows.get(moved.run_id)
        if row is None or row.epoch != moved.epoch or self._held(row):
            return False
        before = row.run.versions or [(row.run.created_at, row.run.new.graph)]
        row.run.versions = [*before, (self._clock(), moved.graph)]
        row.run.new = replace(row.run.new, graph=moved.graph)
        row.state, row.epoch = moved.state, row.epoch + 1
        return True

    def _held(self, row: MemoryLive) -> bool:
        return row.worker is not None or bool(self._signals.get(row.run.new.id))

    async def pinned(
        self, live: Sequence[str], harmless: Sequence[str], *, behind: UUID | None = None, limit: int = 1000
    ) -> list[PinnedRun]:
        """See `ports.Store.pinned`."""
        rows = sorted(self._live_rows.items())
        wanted = (row for id_, row in rows if row.run.new.graph not in live and (behind is None or id_ > behind))
        acted = {step.run_id for step, _ in self._steps.values() if step.what not in harmless}
        return [self._pinned(row, acted) for row in islice(wanted, limit)]

    def _pinned(self, row: MemoryLive, acted: set[UUID]) -> PinnedRun:
        new = row.run.new
        return PinnedRun(
            run_id=new.id,
            epoch=row.epoch,
            kind=new.kind,
            rule=new.rule,
            graph=new.graph,
            status=row.run.status,
            state=row.state,
            held=self._held(row),
            acted=new.id in acted,
            answers=new.answers is not None,
            event_id=new.event_id,
            parent_id=new.parent_id,
            origin=new.origin,
            hops=new.hops,
        )

    async def drop_publications(self) -> int:
        """See `ports.Store.drop_publications`."""
        ordered = sorted(self._publications.values(), key=lambda each: (each.created_at, each.id))
        unneeded = [
            one.id
            for one, after in pairwise(ordered)
            if one.id != self._live
            and after.created_at + _AROUND < self._clock() - (_YOUNG if one.who is None else _KEPT)
            and not self._kept_of(one, after)
        ]
        pinned = {version: one.graphs[version] for one in ordered for version in one.graphs}
        for id_ in unneeded:
            del self._publications[id_]
        used = {run.new.graph for run in self._runs.values()}
        self._graphs = {version: text for version, text in pinned.items() if version in used}
        return len(unneeded)

    def _kept_of(self, one: Publication, after: Publication) -> bool:
        times = [run.created_at for run in self._runs.values()] + [each.received_at for each in self._events.values()]
        return any(one.created_at - _AROUND <= each <= after.created_at + _AROUND for each in times)
