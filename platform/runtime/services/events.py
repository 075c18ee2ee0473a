"""Events: who may look at them and who may put one in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from treadle.runtime.accept import Receipt
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.explain import EventRow, EventView, Outcome
from treadle.runtime.ports import EventFilter
from treadle.runtime.services.audit import Told, audited


async def listed(
    engine: Engine, who: Principal, filter: EventFilter, outcome: Outcome | None = None
) -> tuple[list[EventRow], UUID | None]:
    """A page of events with what became of them, and the cursor of the next. Raises `Forbidden`."""
    who.require("read")
    return await engine.events(filter, outcome)


async def explained(engine: Engine, who: Principal, event_id: UUID) -> EventView | None:
    """One event and what each rule made of it; None when there is none. Raises `Forbidden`."""
    who.require("read")
    return await engine.explain(event_id)


async def put(engine: Engine, who: Principal, trigger: str, data: Any, event_id: UUID | None = None) -> Receipt:
    """Store an event as if its service had delivered it, once for an id. Raises `Forbidden` and `EventInvalid`."""
    who.require("operate")

    def told(receipt: Receipt) -> Told | None:
        return Told("event.put", str(receipt.events[0]), {"trigger": trigger}) if receipt.accepted else None

    receipt = await audited(engine, who, lambda: engine.put_event(trigger, data, event_id), told)
    engine.bell.ring()
    return receipt
