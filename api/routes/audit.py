"""`/audit`: who changed what."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, Since, Until, aware
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.people.auditfiles import Form
from treadle.runtime.people.records import AuditEntry, AuditFilter
from treadle.runtime.services import audit


class AuditPage(Page[AuditEntry], frozen=True):
    """A page of the audit log."""


What = Annotated[str | None, QueryParameter(description="The kind of change, such as `run.cancelled`.")]
Object = Annotated[str | None, QueryParameter(description="What it was about, by its id or name.")]
By = Annotated[str | None, QueryParameter(description="Who made it, as the log names them.")]
FORMS: dict[Form, str] = {"csv": "text/csv", "jsonl": "application/x-ndjson"}


@get("/", summary="Who changed what, newest first")
async def list_audit(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    what: What = None,
    object: Object = None,
    by: By = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditPage:
    """Changes of people, keys, connections, rule files and runs, each written in the commit of the change itself, and
    tries to sign in that were refused. Nobody can change or remove an entry.
    """
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


@get("/export.csv", media_type=FORMS["csv"], summary="The audit log as a table")
async def export_csv(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    what: What = None,
    object: Object = None,
    by: By = None,
    since: Since = None,
    until: Until = None,
) -> Stream:
    """The entries that the same filters list, all of them, newest first: a line of names, then one a line."""
    wanted = AuditFilter(what=what, object=object, who=by, since=aware(since), until=aware(until))
    return await _exported(engine, who, wanted, "csv")


@get("/export.jsonl", media_type=FORMS["jsonl"], summary="The audit log as JSON lines")
async def export_jsonl(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    what: What = None,
    object: Object = None,
    by: By = None,
    since: Since = None,
    until: Until = None,
) -> Stream:
    """The entries that the same filters list, all of them, newest first: an object a line."""
    wanted = AuditFilter(what=what, object=object, who=by, since=aware(since), until=aware(until))
    return await _exported(engine, who, wanted, "jsonl")


async def _exported(engine: Engine, who: Principal, wanted: AuditFilter, form: Form) -> Stream:
    headers = {"content-disposition": f'attachment; filename="audit.{form}"', "cache-control": "no-store"}
    pieces = await audit.exported(engine, who, wanted, form)
    return Stream(pieces, media_type=FORMS[form], headers=headers)


router = Router("/audit", route_handlers=[list_audit, export_csv, export_jsonl], tags=["People"])
