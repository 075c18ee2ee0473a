"""An event of the platform's own on its way in: `treadle.run_failed` and its kind. Owns its row and who hears it.

When one comes is decided by `reports` (what a commit causes) and `watching` (what nobody does any more). A rule hears
nothing about runs that follow from its own. An alert that fails is heard by the other rules; an alert about an alert by
nobody, so that rules which watch each other come to an end.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.runtime.accept import Offered, arrival_of
from treadle.runtime.clock import StoreClock
from treadle.runtime.echoes import FOREIGN
from treadle.runtime.ids import new_id
from treadle.runtime.live import LiveRules
from treadle.runtime.ports import Arrival, NewEvent, RunRow, Store, StoredEvent

PREFIX = "treadle."
_MOST_HOPS = 20  # also a run that came too far is told of
_LONGEST_LINE = 50  # runs that are looked at to find whom a run follows from


class Announcer:
    """Makes the arrivals. Asks the store whom a run follows from only where a rule may hear of it."""

    def __init__(self, store: Store, live: LiveRules, clock: StoreClock) -> None:
        self._store = store
        self._live = live
        self._clock = clock

    async def about(
        self, run: RunRow, event: StoredEvent | None, name: str, data: msgspec.Struct, *, key: str | None = None
    ) -> Arrival:
        """An event about a run, which `event` started. Raises what the store raises."""
        entity = f"treadle.run:{run.id}"
        deaf: Collection[str] = ()
        if self._live.listeners(PREFIX + name, None):
            found = await self._deaf(run, event)
            if found is None:
                return Arrival(self._event(name, data, entity, key, run))
            deaf = found
        return self._heard(self._event(name, data, entity, key, run), deaf)

    def alone(self, name: str, data: msgspec.Struct, entity: str, *, key: str) -> Arrival:
        """An event that is about no run; with the same key it is taken in once."""
        return self._heard(self._event(name, data, entity, key, None), ())

    def _event(self, name: str, data: msgspec.Struct, entity: str, key: str | None, run: RunRow | None) -> NewEvent:
        return NewEvent(
            id=new_id(),
            trigger=PREFIX + name,
            data=values.encode(data),
            key=None if key is None else f"{PREFIX}{name}/{key}",
            entity=entity,
            publication=self._live.publication,
            cause=run.id if run else None,
            hops=min(run.hops + 1, _MOST_HOPS) if run else 0,
        )

    def _heard(self, event: NewEvent, deaf: Collection[str]) -> Arrival:
        found = self._live.hear(event.trigger, None, values.decode(event.data), self._clock.now())
        heard = tuple(each for each in found if each[0].rule not in deaf)
        return arrival_of(Offered(event=event, heard=heard), FOREIGN)

    async def _deaf(self, run: RunRow, event: StoredEvent | None) -> Collection[str] | None:
        """The rules that the run follows from, its own among them; None when it is an alert about an alert."""
        rules, alerts, at = {run.rule}, 0, run
        for _ in range(_LONGEST_LINE):
            alerts += event is not None and event.trigger.startswith(PREFIX)
            before = at.parent_id or (event.cause if event else None)
            found = await self._store.run(before) if before else None
            if found is None:
                break
            at, event = found, await event_of(self._store, found)
            rules.add(at.rule)
        return rules if alerts < 2 else None


async def event_of(store: Store, run: RunRow) -> StoredEvent | None:
    """The event that started the run."""
    return await store.event(run.event_id) if run.event_id else None


def worker_entity(worker: UUID) -> str:
    """What an event about a worker is about."""
    return f"treadle.worker:{worker}"
