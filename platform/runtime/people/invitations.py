"""Invitations: a secret that makes whoever has it a member, once, for a time."""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.access import Role
from treadle.runtime.people.auditlog import write
from treadle.runtime.people.pages import page
from treadle.runtime.people.records import Invitation, NewEntry, called
from treadle.runtime.people.users import EmailTaken, add
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_INVITE, _ACCEPT, _WITHDRAW = query("invite"), query("accept_invitation"), query("withdraw_invitation")


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation to store; `digest` is that of its secret."""

    id: UUID
    email: str
    role: Role
    by: str
    digest: bytes
    seconds: float


class Invitations(Statements):
    """Methods of `People` about invitations."""

    async def invite(self, new: NewInvitation, entry: NewEntry) -> None:
        """Store an invitation. Raises `EmailTaken`."""

        async def work(ask: Ask) -> None:
            params = msgspec.structs.asdict(new) | {"email": clean(new.email), "by": clean(new.by)}
            if not await ask(_INVITE, params):
                raise EmailTaken(new.email)
            await write(ask, entry)

        await self._together(work)

    async def invitations(self, *, before: UUID | None = None, limit: int = 50) -> list[Invitation]:
        """Those that nobody accepted, newest first."""
        rows = await self._ask(page("invitations", {b"id < %(id)s": before}), {"id": before, "limit": limit})
        names = ("id", "email", "role", "invited_by", "created_at", "expires_at")
        return [Invitation(**dict(zip(names, row, strict=True))) for row in rows]

    async def accept(self, digest: bytes, id: UUID, name: str, password: str, entry: NewEntry) -> UUID:
        """Make whoever has the secret a member; their id. Raises `KeyError` when it is spent, over or unknown."""

        async def work(ask: Ask) -> UUID:
            found = await ask(_ACCEPT, {"digest": digest})
            if not found:
                raise KeyError("invitation")
            ((email, role),) = found
            user = await add(ask, id, email, name, password, role)
            told = {"email": email, "role": role}
            mine = msgspec.structs.replace(
                entry, who_id=user, who_name=called(name, email), object=str(user), detail=msgspec.json.encode(told)
            )
            await write(ask, mine)
            return user

        return await self._together(work)

    async def withdraw(self, id: UUID, entry: NewEntry) -> None:
        """Take an invitation back. Raises `KeyError` when there is none that is open."""

        async def work(ask: Ask) -> None:
            if not await ask(_WITHDRAW, {"id": id}):
                raise KeyError(id)
            await write(ask, entry)

        await self._together(work)
