"""Invitations: an owner asks somebody in, and whoever has the secret becomes a member, once."""

from __future__ import annotations

from uuid import UUID

from treadle.runtime.access import Principal, Role
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import passwords, people_of
from treadle.runtime.people.invitations import NewInvitation
from treadle.runtime.people.records import Invitation, NewEntry
from treadle.runtime.people.tokens import digest, is_token, new_token
from treadle.runtime.services.audit import entry
from treadle.runtime.services.sessions import email_form, opened
from treadle.runtime.services.users import no_higher


async def listed(engine: Engine, who: Principal, *, before: UUID | None, limit: int) -> list[Invitation]:
    """Invitations that nobody accepted, newest first. Raises `Forbidden`."""
    who.require("administer")
    return await people_of(engine).invitations(before=before, limit=limit)


async def invited(engine: Engine, who: Principal, email: str, role: Role, days: int) -> tuple[UUID, str]:
    """Invite somebody for so many days; the invitation's id and its secret, which is shown this once. Raises
    `Forbidden` and `EmailTaken`.
    """
    who.require("administer")
    no_higher(who, role)
    token, made, email = new_token(engine.store.workspace_id), new_id(), email_form(email)
    new = NewInvitation(id=made, email=email, role=role, by=who.name, digest=digest(token), seconds=days * 86400.0)
    await people_of(engine).invite(new, entry(engine, who, "user.invited", email, {"role": role}))
    return made, token


async def withdrawn(engine: Engine, who: Principal, invitation_id: UUID) -> None:
    """Take an invitation back. Raises `Forbidden`, and `KeyError` when there is none that is open."""
    who.require("administer")
    told = entry(engine, who, "invitation.withdrawn", str(invitation_id))
    await people_of(engine).withdraw(invitation_id, told)


async def accepted(engine: Engine, token: str, name: str, password: str, *, instead: str | None = None) -> str:
    """Become a member with the secret of an invitation; the secret of a session. Raises `KeyError` when the invitation
    is spent, over or unknown, and `EmailTaken`.
    """
    if not is_token(token):
        raise KeyError("invitation")
    user_id = new_id()
    told = NewEntry(
        id=new_id(),
        who_kind="user",
        who_id=user_id,
        who_name=name,
        what="invitation.accepted",
        object=None,
        detail=b"{}",
    )
    user = await people_of(engine).accept(digest(token), user_id, name, await passwords.hashed(password), told)
    return await opened(engine, user, instead=instead)
