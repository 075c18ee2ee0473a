"""Questions that runs ask people: who may look at them, and who may decide which."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from treadle.runtime.access import RIGHTS, Forbidden, Principal
from treadle.runtime.decisionlinks import DecisionLink, LinkUnknown, link_text, read_link
from treadle.runtime.engine import Engine
from treadle.runtime.lookups import ApprovalFilter, LookUps
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.services.audit import Told, audited, noted


async def listed(engine: Engine, who: Principal, filter: ApprovalFilter) -> list[ApprovalRow]:
    """A page of questions, newest first. Raises `Forbidden`."""
    who.require("read")
    return await LookUps(engine.database.pool, engine.store.workspace_id).approvals(filter)


async def decided(
    engine: Engine, who: Principal, approval_id: UUID, *, approved: bool, said: str | None = None
) -> ApprovalRow | None:
    """Answer a question; the row as it is then, None when there is none. `said` is whom a program speaks for.

    The first decision counts; the row says whether it was this one. Raises `Forbidden`, also for somebody whom the
    rule did not ask.
    """
    row = await _asked(engine, who, approval_id)
    return None if row is None else await _decide(engine, who, row, who.called(said), approved=approved)


async def linked(
    engine: Engine, who: Principal, approval_id: UUID, to: str, until: datetime | None = None
) -> tuple[DecisionLink, str] | None:
    """A link by which `to` decides the question in the place of `who`, and its text; None when there is no question.

    It ends when the question does, or at `until` if that is earlier. Raises `Forbidden` like `decided`.
    """
    row = await _asked(engine, who, approval_id)
    if row is None:
        return None
    ends = row.until if until is None else min(until, row.until)
    link = DecisionLink(workspace_id=engine.store.workspace_id, approval_id=row.id, to=to, by=who.name, until=ends)
    if row.state == "open":
        await noted(engine, who, Told("approval.linked", str(row.id), {"question": row.question, "to": to}))
    return link, link_text(engine.vault, link)


async def by_link(engine: Engine, text: str) -> tuple[DecisionLink, ApprovalRow]:
    """What a link is about. Raises `LinkUnknown`, also for one whose time is over and for a question that is gone."""
    link = read_link(engine.vault, text)
    mine = link.workspace_id == engine.store.workspace_id
    row = await engine.store.approval(link.approval_id) if mine and engine.clock.now() < link.until else None
    if row is None:
        raise LinkUnknown
    return link, row


async def decided_by_link(engine: Engine, text: str, *, approved: bool) -> ApprovalRow:
    """Answer a question by a link; the row as it is then, see `decided`. Raises `LinkUnknown`."""
    link, row = await by_link(engine, text)
    named = f"{link.to}, by a link of {link.by}"
    who = Principal(workspace_id=link.workspace_id, kind="system", id=None, name=named, rights=frozenset())
    after = await _decide(engine, who, row, named, approved=approved)
    if after is None:
        raise LinkUnknown
    return after


async def _asked(engine: Engine, who: Principal, approval_id: UUID) -> ApprovalRow | None:
    """The question, for somebody who may decide it. Raises `Forbidden`."""
    who.require("read" if who.kind == "user" else "administer")
    row = await engine.store.approval(approval_id)
    if row is not None and not may_decide(who, row.by):
        raise Forbidden("operate", f"This question is for {row.by!r}: a member of that group decides it, or that role")
    return row


async def _decide(
    engine: Engine, who: Principal, row: ApprovalRow, named: str, *, approved: bool
) -> ApprovalRow | None:
    def told(after: ApprovalRow | None) -> Told | None:
        if row.state != "open" or after is None or after.state == "open":
            return None
        return Told(f"approval.{after.state}", str(row.id), {"question": row.question})

    after = await audited(engine, who, lambda: engine.store.decide(row.id, named, approved=approved), told)
    engine.bell.ring()
    return after


def may_decide(who: Principal, by: str) -> bool:
    """Whether `approve ... by` means this principal: a person of that group, or of that role or a higher one. Keys and
    the platform itself are in no group; with the right to administer they decide for anybody.
    """
    if who.kind != "user":
        return "administer" in who.rights
    role = next((rights for name, rights in RIGHTS.items() if name == by), None)
    return by in who.groups or (role is not None and who.role is not None and role <= RIGHTS[who.role])
