"""`/events`: put one in; see events with their one recorded outcome and the explanation for every rule."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from treadle.api.idempotency import id_for
from treadle.api.pages import Page, before
from treadle.api.parameters import Cursor, Entity, Limit, Since, Until, aware
from treadle.api.problems import Refused
from treadle.api.views import exact
from treadle.dsl.values import decode
from treadle.runtime.accept import Receipt
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine, EventInvalid
from treadle.runtime.explain import EventRow, EventView, Outcome
from treadle.runtime.ports import EventFilter
from treadle.runtime.services import events


class NewEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event to put in: `trigger` in full (`acme.order_placed`), `data` as the trigger declares it."""

    trigger: str
    data: Any


class EventPage(Page[EventRow], frozen=True):
    """A page of events."""


@get("/", summary="Events, newest first")
async def list_events(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    trigger: Annotated[str | None, QueryParameter(description="The trigger's full name.")] = None,
    entity: Entity = None,
    outcome: Annotated[
        Outcome | None, QueryParameter(description="What became of them; may leave pages short.")
    ] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> EventPage:
    """A page of events, each with its data, its outcome and the runs that fired; what each rule made of one, that event
    alone says. By outcome, some thousand events are looked through for a page: then it may be short, or empty, and
    still have a `next`.
    """
    wanted = EventFilter(
        trigger=trigger, entity=entity, since=aware(since), until=aware(until), before=before(cursor), limit=limit
    )
    views, following = await events.listed(engine, who, wanted, outcome)
    return EventPage([exact(view, engine.redactor) for view in views], str(following) if following else None)


@get("/{event_id:uuid}", summary="One event and what became of it", codes=("event_unknown",))
async def get_event(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], event_id: FromPath[UUID]
) -> EventView:
    """The event, its outcome, the runs it started, and for every rule that listens: fired, or why not."""
    if (found := await events.explained(engine, who, event_id)) is None:
        raise Refused("event_unknown", f"There is no event {event_id}.")
    return exact(found, engine.redactor)


@post("/", status_code=202, summary="Put an event in", codes=("event_invalid",))
async def put_event(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    data: JSONBody[NewEvent],
) -> Receipt:
    """Store an event as if its service had delivered it. Answered after the commit."""
    try:
        # Litestar reads JSON numbers as floats; the body is read once more so that each stays what was written.
        exactly = decode(await request.body())["data"]
        return await events.put(engine, who, data.trigger, exactly, id_for(request))
    except EventInvalid as invalid:
        raise Refused("event_invalid", str(invalid)) from None


router = Router("/events", route_handlers=[list_events, get_event, put_event], tags=["Events"])
