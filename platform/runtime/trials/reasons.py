"""Why nothing was done: what each rule made of the event that came last, and what runs wait for."""

from __future__ import annotations

from uuid import UUID

from treadle.runtime.trials.explaining import explained
from treadle.runtime.virtual import World

_WAITS = ("waiting", "unknown")


async def reasons(world: World, event_id: UUID | None) -> list[str]:
    """A sentence each."""
    told = []
    for each in await explained(world, event_id) if event_id is not None else ():
        if each.outcome != "fired":
            told.append(f'"{each.rule}" did not fire: {each.why}')
    if event_id is not None and not told and not await world.runs():
        told.append("no rule of this file hears the event")
    for row in await world.runs():
        if row.status == "unknown":
            told.append(f'"{row.rule}" waits for a person: the outcome of a step is not known')
        elif row.status == "waiting" and row.due_at is not None:
            told.append(f'"{row.rule}" waits until {row.due_at.isoformat(" ", "minutes")}')
    return told
