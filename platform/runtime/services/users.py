"""The members of the workspace: who they are, what they may, letting them go."""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.access import RIGHTS, Forbidden, Principal, Role
from treadle.runtime.drafts.records import NOTHING
from treadle.runtime.drafts.working import Wants
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import passwords, people_of
from treadle.runtime.people.records import User
from treadle.runtime.services.audit import entry
from treadle.runtime.services.sessions import email_form
from treadle.runtime.services.tags import tag


class Changes(msgspec.Struct, frozen=True):
    """What becomes otherwise about a member; None leaves it."""

    name: str | None = None
    role: Role | None = None
    password: str | None = None


async def listed(engine: Engine, who: Principal, *, before: UUID | None, limit: int) -> list[User]:
    """Members, newest first. Raises `Forbidden`."""
    who.require("administer")
    return await people_of(engine).users(before=before, limit=limit)


async def found(engine: Engine, who: Principal, user_id: UUID) -> User:
    """One member. Raises `Forbidden`, and `KeyError` for none."""
    who.require("administer")
    user = await people_of(engine).user(user_id)
    if user is None:
        raise KeyError(user_id)
    return user


async def added(engine: Engine, who: Principal, email: str, name: str, role: Role, password: str | None) -> User:
    """Make a member; without a password they come in by an identity provider. Raises `Forbidden` and `EmailTaken`."""
    who.require("administer")
    no_higher(who, role)
    people, hashed = people_of(engine), None if password is None else await passwords.hashed(password)
    told = entry(engine, who, "user.added", email_form(email), {"role": role})
    return await found(engine, who, await people.add_user(new_id(), email_form(email), name, hashed, role, told))


async def changed(engine: Engine, who: Principal, user_id: UUID, changes: Changes, wants: Wants = NOTHING) -> User:
    """Change a member, all of it or nothing. Another role or password ends their sessions, a lower role also the keys
    of theirs that may more. Raises `Forbidden`, `LastOwner`, `Stale`, and `KeyError` for no member.
    """
    who.require("administer")
    people, user = people_of(engine), await found(engine, who, user_id)
    no_higher(who, user.role)
    if changes.role is not None:
        no_higher(who, changes.role)
    hashed = None if changes.password is None else await passwords.hashed(changes.password)

    async def change() -> User:
        await people.hold_user(user_id)
        before = await found(engine, who, user_id)
        wants.check(f"the member {before.email}", tag(before))
        await _changed(engine, who, before, changes, hashed)
        return await found(engine, who, user_id)

    return await people.together(change)


async def _changed(engine: Engine, who: Principal, user: User, changes: Changes, hashed: str | None) -> None:
    people, about = people_of(engine), str(user.id)
    no_higher(who, user.role)
    if changes.role is not None and changes.role != user.role:
        told = {"role": changes.role, "before": user.role}
        await people.set_role(user.id, changes.role, entry(engine, who, "user.role_changed", about, told))
    if changes.name is not None and changes.name != user.name:
        await people.set_name(user.id, changes.name, entry(engine, who, "user.renamed", about))
    if hashed is not None:
        await people.set_password(user.id, hashed, entry(engine, who, "user.password_set", about))


async def removed(engine: Engine, who: Principal, user_id: UUID) -> None:
    """Let a member go: role, groups, sessions and keys end at once. Raises `Forbidden`, `LastOwner`, and `KeyError` for
    no member.
    """
    who.require("administer")
    user = await found(engine, who, user_id)
    no_higher(who, user.role)
    await people_of(engine).remove_user(
        user_id, entry(engine, who, "user.removed", str(user_id), {"email": user.email})
    )


def no_higher(who: Principal, role: Role) -> None:
    """Raises `Forbidden` when a role may what this principal may not: nobody hands out more than they have."""
    missing = RIGHTS[role] - who.rights
    if missing:
        raise Forbidden(sorted(missing)[0])
