"""What the rules of a virtual world made of an event: the explanations of the API, for trials and tests."""

from __future__ import annotations

from uuid import UUID

from treadle.dsl import values
from treadle.runtime.explain import RuleExplained, explained_rule
from treadle.runtime.ports import RunFilter, RunRow, StoredEvent
from treadle.runtime.virtual import World

_MOST_RUNS = 1_000_000


async def explained(world: World, event_id: UUID) -> list[RuleExplained]:
    """Each rule that hears the event's trigger, through whatever connection. Raises `KeyError` for no event."""
    event = await world.store.event(event_id)
    if event is None:
        raise KeyError(event_id)
    listeners = world.rules.anywhere(event.trigger)
    runs = {row.rule: row for row in await _runs(world, event)}
    told = []
    for each in listeners:
        data = each.event(values.decode(event.loaded or event.data))
        told.append(explained_rule(each, event, data, runs.get(each.rule)))
    return told


async def _runs(world: World, event: StoredEvent) -> list[RunRow]:
    found = await world.store.runs(RunFilter(event_id=event.id, limit=_MOST_RUNS))
    return found + await world.store.runs(RunFilter(event_id=event.id, status="suppressed", limit=_MOST_RUNS))
