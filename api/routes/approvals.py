"""`/approvals`: questions that runs ask people, and the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, PersonName, Since, Who, aware
from treadle.api.problems import Refused
from treadle.api.routes.decide import PATH
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.lookups import ApprovalFilter, ApprovalState
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.services import approvals


class ApprovalPage(Page[ApprovalRow], frozen=True):
    """A page of questions."""


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer. `who` is whom a program speaks for; a person is named by their account."""

    approved: bool
    who: Who | None = None


@get("/", summary="Questions to people, newest first")
async def list_approvals(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    every: Annotated[bool, QueryParameter(name="all", description="Also those that are decided or closed.")] = False,  # noqa: FBT002 - a query parameter
    wanted: Annotated[
        ApprovalState | None, QueryParameter(name="state", description="Only those in this state.")
    ] = None,
    by: Annotated[str | None, QueryParameter(description="The group or role that is asked.")] = None,
    rule: Annotated[str | None, QueryParameter(description="The rule or sequence that asks.")] = None,
    run: Annotated[UUID | None, QueryParameter(description="The run that asks.")] = None,
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ApprovalPage:
    """A page of questions. Those that wait for a decision, unless `all`, or a state, asks for others."""
    wishes = ApprovalFilter(
        state=wanted or (None if every else "open"),
        by=by,
        rule=rule,
        run=run,
        since=aware(since),
        before=before(cursor),
        limit=limit + 1,
    )
    return ApprovalPage(*cut(await approvals.listed(engine, who, wishes), limit, lambda row: row.id))


@post(
    "/{approval_id:uuid}",
    status_code=200,
    summary="Decide a question",
    codes=("approval_closed", "approval_decided", "approval_unknown"),
)
async def decide_approval(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    approval_id: FromPath[UUID],
    data: JSONBody[Decision],
) -> ApprovalRow:
    """Approve or refuse. The first decision counts; the same one again changes nothing. Only whom the rule asks may:
    the members of the group after `by`, or people of that role. A key that may administer decides for anybody.
    """
    row = await approvals.decided(engine, who, approval_id, approved=data.approved, said=data.who)
    if row is None:
        raise Refused("approval_unknown", f"There is no question {approval_id}.")
    if row.state == "closed":
        raise Refused("approval_closed", "This question is closed: its time is over, or its run is.")
    if row.state != ("approved" if data.approved else "refused"):
        raise Refused("approval_decided", f"This question was {row.state} by {row.decided_by} already.")
    return row


class LinkWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a link is for, as the history will name them. It holds as long as the question, or until `until`."""

    to: PersonName
    until: datetime | None = None


class LinkMade(msgspec.Struct, frozen=True):
    """Whoever has `url` can decide this one question, until `until` or until it is decided. It is not shown again."""

    url: str
    to: str
    until: datetime


@post(
    "/{approval_id:uuid}/links",
    summary="Make a link to a question",
    codes=("approval_unknown",),
)
async def link_approval(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    approval_id: FromPath[UUID],
    data: JSONBody[LinkWish],
    request: Request[Principal, Any, Any],
) -> LinkMade:
    """An address at which somebody without an account decides this question, for those who may decide it themselves.

    It opens a page with the question and two buttons; opening it decides nothing. Send it to one person.
    """
    made = await approvals.linked(engine, who, approval_id, data.to, aware(data.until))
    if made is None:
        raise Refused("approval_unknown", f"There is no question {approval_id}.")
    link, text = made
    base = (engine.settings.public_url or str(request.base_url)).rstrip("/")
    return LinkMade(f"{base}{PATH}/{text}", link.to, link.until)


router = Router("/approvals", route_handlers=[list_approvals, decide_approval, link_approval], tags=["Approvals"])
