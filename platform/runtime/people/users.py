"""Users and their memberships. Owns that an email is one member's, and that there is always an owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from treadle.runtime.access import RIGHTS, Role
from treadle.runtime.people.auditlog import write
from treadle.runtime.people.pages import page
from treadle.runtime.people.records import NewEntry, User
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_ADD, _ADD_MEMBER = query("add_user"), query("add_member")
_PASSWORD_OF, _SET_PASSWORD, _SET_NAME = query("password_of"), query("set_password"), query("set_name")
_LOCK_OWNERS, _LOCK_MEMBER = query("lock_owners"), query("lock_member")
_SET_ROLE, _REMOVE, _CLOSE = query("set_role"), query("remove_member"), query("close_sessions")
_END_KEYS = query("end_keys")


class EmailTaken(Exception):
    """A member has this email already."""


class LastOwner(Exception):
    """Nobody would be left who may administer."""


def user_record(row: tuple[Any, ...]) -> User:
    """A row of the statements that give a user."""
    return User(**dict(zip(("id", "email", "name", "role", "since", "groups"), row, strict=True)))


async def add(ask: Ask, id: UUID, email: str, name: str, password: str | None, role: Role) -> UUID:
    """Add a member; their id, which is an old one for who comes back. Raises `EmailTaken`."""
    added = await ask(_ADD, {"id": id, "email": clean(email), "name": clean(name), "password": password})
    if not added or not await ask(_ADD_MEMBER, {"user": added[0][0], "role": role}):
        raise EmailTaken(email)
    user: UUID = added[0][0]
    return user


class Users(Statements):
    """Methods of `People` about users. `password` is what `passwords.hashed` gave; None for who has none."""

    async def add_user(
        self, id: UUID, email: str, name: str, password: str | None, role: Role, entry: NewEntry
    ) -> UUID:
        """Add a member; their id, which is an old one for who comes back. Raises `EmailTaken`."""

        async def work(ask: Ask) -> UUID:
            user = await add(ask, id, email, name, password, role)
            await write(ask, entry)
            return user

        return await self._together(work)

    async def users(self, *, before: UUID | None = None, limit: int = 50) -> list[User]:
        """Members, newest first."""
        return await self._users({b"user_id < %(id)s": before}, before, limit)

    async def user(self, id: UUID) -> User | None:
        """One member."""
        found = await self._users({b"user_id = %(id)s": id}, id, 1)
        return found[0] if found else None

    async def _users(self, filters: dict[bytes, UUID | None], id: UUID | None, limit: int) -> list[User]:
        return [user_record(row) for row in await self._ask(page("users", filters), {"id": id, "limit": limit})]

    async def password_of(self, email: str) -> tuple[UUID, str | None] | None:
        """The id and the stored password of the member with this email."""
        found = await self._ask(_PASSWORD_OF, {"email": clean(email)})
        return (found[0][0], found[0][1]) if found else None

    async def hold_user(self, id: UUID) -> None:
        """Let nobody else change a member before the commit that this is part of. Raises `KeyError` for none."""
        await self._ask(_LOCK_OWNERS, {})  # first, as everybody who changes roles does
        if not await self._ask(_LOCK_MEMBER, {"user": id}):
            raise KeyError(id)

    async def set_password(self, user: UUID, password: str, entry: NewEntry) -> None:
        """Change a password and end all of the user's sessions."""

        async def work(ask: Ask) -> None:
            await ask(_SET_PASSWORD, {"user": user, "password": password})
            await ask(_CLOSE, {"user": user})
            await write(ask, entry)

        await self._together(work)

    async def set_name(self, user: UUID, name: str, entry: NewEntry) -> None:
        """Call a user otherwise."""

        async def work(ask: Ask) -> None:
            await ask(_SET_NAME, {"user": user, "name": clean(name)})
            await write(ask, entry)

        await self._together(work)

    async def set_role(self, user: UUID, role: Role, entry: NewEntry) -> None:
        """Give a member another role and end their sessions, and those keys of theirs that may more than it. Raises
        `LastOwner`, and `KeyError` for no member.
        """

        async def work(ask: Ask) -> None:
            await _stays_owned(ask, user, role)
            await ask(_SET_ROLE, {"user": user, "role": role})
            await ask(_CLOSE, {"user": user})
            await ask(_END_KEYS, {"user": user, "rights": sorted(RIGHTS[role])})
            await write(ask, entry)

        await self._together(work)

    async def remove_user(self, user: UUID, entry: NewEntry) -> None:
        """Let a member go: role, groups, sessions and keys end. Raises `LastOwner`, and `KeyError` for no member."""

        async def work(ask: Ask) -> None:
            await _stays_owned(ask, user, None)
            await ask(_REMOVE, {"user": user})
            await ask(_END_KEYS, {"user": user, "rights": []})
            await write(ask, entry)

        await self._together(work)


async def _stays_owned(ask: Ask, user: UUID, role: Role | None) -> None:
    """Hold all owners' rows, so that two of them cannot let each other go at once."""
    owners = [owner for (owner,) in await ask(_LOCK_OWNERS, {})]
    if not await ask(_LOCK_MEMBER, {"user": user}):
        raise KeyError(user)
    if owners == [user] and role != "owner":
        raise LastOwner
