"""Why nothing was done: what each rule made of the event that came last, and what runs wait for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from treadle.dsl.operations.text_form import text_form
from treadle.runtime.trials.explaining import considered
from treadle.runtime.virtual import World

_WAIT = ("matching", "waiting")


async def why_none(world: World, events: Sequence[UUID]) -> list[str]:
    """Why rules did not fire on the last of the events that any rule hears, a sentence each."""
    graphs = [each.graph for each in world.rules.programs()]
    for event_id in reversed(events):
        told = [each for each in await considered(world, graphs, event_id) if each.outcome != "unheard"]
        if told:
            return [f'"{each.rule}" did not fire: {each.why}' for each in told if each.outcome != "fired"]
    return ["no rule of this file hears the event"] if events else []


async def what_waits(world: World, zone: str) -> list[str]:
    """What runs wait for, a sentence each; times on the clocks of the zone."""
    told = []
    for row in await world.runs():
        if row.status == "unknown":
            told.append(f'"{row.rule}" waits for a person: the outcome of a step is not known')
        elif row.status in _WAIT and row.due_at is not None:
            told.append(f'"{row.rule}" waits until {text_form(row.due_at, zone)}')
    return told
