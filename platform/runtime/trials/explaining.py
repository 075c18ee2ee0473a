"""What the rules of a virtual world made of an event: the explanations of the API, for trials and tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.graph import Graph
from treadle.runtime.explain import RuleExplained, explained_rule
from treadle.runtime.ports import RunFilter, RunRow, StoredEvent
from treadle.runtime.virtual import World

_MOST_RUNS = 1_000_000


class Considered(msgspec.Struct, frozen=True):
    """What one rule made of an event. `unheard` is a rule that does not hear the trigger; `why` says what it hears."""

    rule: str
    file: str
    line: int
    outcome: Literal["fired", "filtered", "suppressed", "pending", "unheard"]
    why: str | None = None


async def considered(world: World, graphs: Iterable[Graph], event_id: UUID) -> list[Considered]:
    """Every rule of these graphs, in the order of files and lines. Raises `KeyError` for no event."""
    event = await world.store.event(event_id)
    if event is None:
        raise KeyError(event_id)
    told = {each.rule: each for each in await explained(world, event_id)}
    rules = sorted((each for each in graphs if each.kind == "rule"), key=lambda each: (each.file, each.span.start))
    return [_considered(each, told.get(each.name), event.trigger) for each in rules]


def _considered(graph: Graph, told: RuleExplained | None, trigger: str) -> Considered:
    if told is not None:
        return Considered(graph.name, graph.file, graph.span.line, told.outcome, told.why)
    hears = [each.full for each in graph.hears] + [f"webhook.{each.trigger}" for each in graph.webhooks]
    if trigger in hears:
        return Considered(graph.name, graph.file, graph.span.line, "suppressed", "the rule is off")
    hears += ["the clock"] * bool(graph.schedules) + ["a button"] * graph.by_hand
    return Considered(graph.name, graph.file, graph.span.line, "unheard", f"it hears {', '.join(hears)}")


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
