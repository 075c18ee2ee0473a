"""`/audit`: who changed what."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, Since, Until, aware
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.people.records import AuditEntry, AuditFilter
from treadle.runtime.services import audit


class AuditPage(Page[AuditEntry], frozen=True):
    """A page of the audit log."""


@get("/", summary="Who changed what, newest first")
async def list_audit(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    what: Annotated[str | None, QueryParameter(description="The kind of change, such as `run.cancelled`.")] = None,
    object: Annotated[str | None, QueryParameter(description="What it was about, by its id or name.")] = None,
    by: Annotated[str | None, QueryParameter(description="Who made it, as the log names them.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditPage:
    """Changes of people, keys, connections, rule files and runs. Nobody can change or remove an entry."""
    wanted = AuditFilter(
        what=what,
        object=object,
        who=by,
        since=aware(since),
        until=aware(until),
        before=before(cursor),
        limit=limit + 1,
    )
    return AuditPage(*cut(await audit.listed(engine, who, wanted), limit, lambda entry: entry.id))


router = Router("/audit", route_handlers=[list_audit], tags=["People"])
