"""`/unknowns`: calls of which nobody knows whether they happened, over all runs, for a person to say."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from treadle.api.pages import Page, before
from treadle.api.parameters import Cursor, Limit
from treadle.api.views import raw
from treadle.dsl.catalogue import Effect
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.ports import Fault
from treadle.runtime.services import runs


class UnknownView(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose outcome is unknown since then; `POST /runs/{run}/resolve` with its `step` settles it. `said`:
    somebody has, and the run has yet to hear it.
    """

    run: UUID
    rule: str
    step: UUID
    seq: int
    node: str
    what: str
    effect: Effect | None
    tries: int
    input: msgspec.Raw
    error: Fault | None
    entity: str | None
    since: datetime
    said: bool


class UnknownPage(Page[UnknownView], frozen=True):
    """A page of calls whose outcome is unknown."""


@get("/", summary="Calls whose outcome is unknown")
async def list_unknowns(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    rule: Annotated[str | None, QueryParameter(description="The name of the rule or sequence.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> UnknownPage:
    """A page of the open doubts, those of the newest runs first. `limit` counts runs; one may have several."""
    found, following = await runs.unknowns(engine, who, rule=rule, before=before(cursor), limit=limit)
    views = [UnknownView(**{**msgspec.structs.asdict(each), "input": raw(each.input)}) for each in found]
    return UnknownPage(views, str(following) if following else None)


router = Router("/unknowns", route_handlers=[list_unknowns], tags=["Runs"])
