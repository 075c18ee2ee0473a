"""Questions that runs ask people: who may look at them, and who may decide which."""

from __future__ import annotations

from uuid import UUID

from treadle.runtime.access import RIGHTS, Forbidden, Principal
from treadle.runtime.engine import Engine
from treadle.runtime.lookups import ApprovalFilter, LookUps
from treadle.runtime.ports import ApprovalRow
from treadle.runtime.services.audit import Told, audited


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
    who.require("read" if who.kind == "user" else "administer")
    row = await engine.store.approval(approval_id)
    if row is None:
        return None
    if not may_decide(who, row.by):
        raise Forbidden("operate", f"This question is for {row.by!r}: a member of that group decides it, or that role")

    def told(after: ApprovalRow | None) -> Told | None:
        if row.state != "open" or after is None or after.state == "open":
            return None
        return Told(f"approval.{after.state}", str(approval_id), {"question": row.question})

    named = who.called(said)
    after = await audited(engine, who, lambda: engine.store.decide(approval_id, named, approved=approved), told)
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
