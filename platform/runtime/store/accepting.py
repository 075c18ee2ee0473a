"""The store's accept: deliveries, events and the runs they start, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from treadle.runtime.ports import Arrival, Echo, NewDelivery
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import (
    NOBODY,
    bytes_array,
    clean,
    json_array,
    json_rows,
    key_hash,
)
from treadle.runtime.store.rows import EventRow, delivery_row, event_row, start_row
from treadle.runtime.store.statements import Statements

_ACCEPT = query("accept")
_FIRST_EVENTS = query("first_events")
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

    async def accept(self, deliveries: Sequence[NewDelivery], arrivals: Sequence[Arrival]) -> dict[UUID, UUID]:
        """See `ports.Store.accept`."""
        batch = Batch(arrivals)
        found: dict[UUID, UUID] = dict(await self._ask(_ACCEPT, _parameters(deliveries, batch)))
        unseen = [row for row in batch.rows if row.id in found and found[row.id] is None]
        if unseen:  # committed by others after our statement began, and so invisible to it
            found |= dict(await self._ask(_FIRST_EVENTS, {"keys": json_rows(unseen)}))
        return batch.all_duplicates(found)

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """See `ports.Store.echoes`."""
        found = await self._ask(_ECHOES, {"connection": connection_id, "entities": [clean(each) for each in entities]})
        return [Echo(*row) for row in found]


def _parameters(deliveries: Sequence[NewDelivery], batch: Batch) -> dict[str, Any]:
    starts = [(run, arrival.event.id) for arrival in batch.arrivals for run in arrival.runs]
    return {
        "deliveries": json_rows([delivery_row(delivery) for delivery in deliveries]),
        "bodies": bytes_array(delivery.body for delivery in deliveries),
        "events": json_rows(batch.rows),
        "data": json_array(arrival.event.data for arrival in batch.arrivals),
        "runs": json_rows([start_row(run, event_id) for run, event_id in starts]),
        "states": json_array(run.state for run, _ in starts),
        "nobody": NOBODY,
    }
