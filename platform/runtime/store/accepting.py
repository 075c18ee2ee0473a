"""The store's accept: deliveries, events and the runs they start, in one statement.

Where a run listens for one of the triggers it is one commit of several: then each event is looked at for whom it tells
something. Whether anybody listens is asked by the one statement itself, so that none comes in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from treadle.runtime.ports import Arrival, Echo, NewDelivery
from treadle.runtime.queries import query
from treadle.runtime.store.fitting import probes
from treadle.runtime.store.parameters import (
    NOBODY,
    bytes_array,
    clean,
    json_array,
    json_rows,
    json_texts,
    key_hash,
)
from treadle.runtime.store.rows import EventRow, delivery_row, event_row, start_row
from treadle.runtime.store.statements import Ask, Statements
from treadle.runtime.store.telling import Told, tell

_ACCEPT = query("accept")
_FIRST_EVENTS = query("first_events")
_LISTEN_PATHS, _HEAR = query("listen_paths"), query("hear")
_ECHOES = query("echoes")


class Batch:
    """Arrivals with the duplicates among themselves taken out: `repeats` maps those to the first of their key."""

    def __init__(self, arrivals: Sequence[Arrival]) -> None:
        self.arrivals: list[Arrival] = []
        self.rows: list[EventRow] = []
        self.repeats: dict[UUID, UUID] = {}
        firsts: dict[tuple[UUID | None, str], UUID] = {}
        for arrival in arrivals:
            event = arrival.event
            digest = None if event.key is None else key_hash(event.key)
            first = event.id if digest is None else firsts.setdefault((event.connection_id, digest), event.id)
            if first == event.id:
                self.arrivals.append(arrival)
                self.rows.append(event_row(event, digest))
            else:
                self.repeats[event.id] = first

    def all_duplicates(self, found: dict[UUID, UUID]) -> dict[UUID, UUID]:
        """Every duplicate's id -> the id of the one that was there first. `found` is the database's answer."""
        duplicates = {each: first for each, first in found.items() if first != each}
        return duplicates | {each: found.get(first, first) for each, first in self.repeats.items()}


class Accepting(Statements):
    """Methods of `ports.Store` about what comes in."""

    async def accept(
        self, deliveries: Sequence[NewDelivery], arrivals: Sequence[Arrival], told: set[UUID] | None = None
    ) -> dict[UUID, UUID]:
        """See `ports.Store.accept`."""
        batch = Batch(arrivals)
        triggers = {clean(row.trigger) for row in batch.rows}
        if self._heard.isdisjoint(triggers):
            params = _parameters(deliveries, batch, self.workspace_id) | {"triggers": json_texts(triggers)}
            rows = await self._ask(_ACCEPT, params)
            if not any(id_ is None for id_, *_ in rows):
                return batch.all_duplicates(await _first(self._ask, batch, rows))
        signals: list[Told] = []

        async def work(ask: Ask) -> dict[UUID, UUID]:
            signals.clear()
            return await self._take_in(ask, deliveries, batch, signals)

        duplicates = await self._together(work)
        if told is not None:
            told |= {each.run_id for each in signals}
        return duplicates

    async def _take_in(
        self, ask: Ask, deliveries: Sequence[NewDelivery], batch: Batch, told: list[Told]
    ) -> dict[UUID, UUID]:
        """The same as a part of a commit, with what `told` and the events tell to runs that listen."""
        rows = await ask(_ACCEPT, _parameters(deliveries, batch, self.workspace_id) | {"triggers": b"[]"})
        fresh = {id_ for id_, _, is_fresh in rows if is_fresh}
        arrived = [arrival.event for arrival in batch.arrivals if arrival.event.id in fresh]
        triggers = {clean(event.trigger) for event in arrived}
        paths: dict[str, list[str]] = {}
        for trigger, path in await ask(_LISTEN_PATHS, {"triggers": json_texts(triggers)}):
            paths.setdefault(trigger, []).append(path)
        self._heard = (self._heard - triggers) | paths.keys()
        given = probes(arrived, paths)
        found = await ask(_HEAR, {"probes": json_rows(given)}) if given else []
        told += [Told(run_id=run, kind="event", slot=slot, source=event) for run, slot, event in found]
        await tell(ask, told)
        return batch.all_duplicates(await _first(ask, batch, rows))

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """See `ports.Store.echoes`."""
        found = await self._ask(_ECHOES, {"connection": connection_id, "entities": [clean(each) for each in entities]})
        return [Echo(*row) for row in found]


async def _first(ask: Ask, batch: Batch, rows: Sequence[tuple[Any, ...]]) -> dict[UUID, UUID]:
    """Of the events that had a key and were not new: the one that was there first."""
    keyed = {row.id for row in batch.rows if row.key_hash is not None}
    found: dict[UUID, UUID] = {id_: first for id_, first, is_fresh in rows if id_ in keyed and not is_fresh}
    unseen = [row for row in batch.rows if row.id in found and found[row.id] is None]
    if unseen:  # committed by others after our statement began, and so invisible to it
        found |= dict(await ask(_FIRST_EVENTS, {"keys": json_rows(unseen)}))
    return found


def _parameters(deliveries: Sequence[NewDelivery], batch: Batch, workspace_id: UUID) -> dict[str, Any]:
    starts = [(run, arrival.event.id) for arrival in batch.arrivals for run in arrival.runs]
    return {
        "deliveries": json_rows([delivery_row(delivery) for delivery in deliveries]),
        "bodies": bytes_array(delivery.body for delivery in deliveries),
        "events": json_rows(batch.rows),
        "data": json_array(arrival.event.data for arrival in batch.arrivals),
        "runs": json_rows([start_row(run, event_id, workspace_id) for run, event_id in starts]),
        "states": json_array(run.state for run, _ in starts),
        "nobody": NOBODY,
    }
