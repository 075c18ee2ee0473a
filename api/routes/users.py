"""`/users`: the members of the workspace."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.etags import IfMatch, quoted, wants
from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Email, Limit, NewPassword, PersonName
from treadle.api.problems import Refused
from treadle.api.translating import told
from treadle.runtime.access import Principal, Role
from treadle.runtime.engine import Engine
from treadle.runtime.people.records import User
from treadle.runtime.people.users import EmailTaken, LastOwner
from treadle.runtime.services import users
from treadle.runtime.services.tags import tag


class UserPage(Page[User], frozen=True):
    """A page of members."""


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member to make. Without a password they sign in by an identity provider."""

    email: Email
    name: PersonName
    role: Role
    password: NewPassword | None = None


class UserChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes otherwise; what is left out stays."""

    name: PersonName | None = None
    role: Role | None = None
    password: NewPassword | None = None


@get("/", summary="Members, newest first")
async def list_users(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> UserPage:
    """Everybody who may sign in, with role and groups."""
    found = await users.listed(engine, who, before=before(cursor), limit=limit + 1)
    return UserPage(*cut(found, limit, lambda user: user.id))


@get("/{user_id:uuid}", summary="A member", codes=("user_unknown",))
async def get_user(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], user_id: FromPath[UUID]
) -> Response[User]:
    """One member, with role and groups."""
    try:
        user = await users.found(engine, who, user_id)
    except KeyError:
        raise unknown(user_id) from None
    return Response(user, headers=quoted(tag(user)))


@post("/", status_code=201, summary="Make a member", codes=("email_taken",))
async def add_user(engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[NewUser]) -> User:
    """Make somebody a member at once. An invitation lets them choose their password themselves."""
    try:
        return await users.added(engine, who, data.email, data.name, data.role, data.password)
    except EmailTaken:
        raise taken(data.email) from None


@patch("/{user_id:uuid}", summary="Change a member", codes=("user_unknown", "last_owner", "changed_meanwhile"))
async def change_user(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    user_id: FromPath[UUID],
    data: JSONBody[UserChanges],
    if_match: IfMatch = None,
) -> Response[User]:
    """Another name, role or password, all of it or nothing. Another role or password ends their sessions, a lower role
    also the keys of theirs that may more.
    """
    changes = users.Changes(name=data.name, role=data.role, password=data.password)
    try:
        with told():
            user = await users.changed(engine, who, user_id, changes, wants(if_match))
    except KeyError:
        raise unknown(user_id) from None
    except LastOwner:
        raise last_owner() from None
    return Response(user, headers=quoted(tag(user)))


@delete("/{user_id:uuid}", status_code=204, summary="Let a member go", codes=("user_unknown", "last_owner"))
async def remove_user(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], user_id: FromPath[UUID]
) -> None:
    """Role, groups, sessions and the keys that they made end at once. History goes on naming them."""
    try:
        await users.removed(engine, who, user_id)
    except KeyError:
        raise unknown(user_id) from None
    except LastOwner:
        raise last_owner() from None


def unknown(user_id: UUID) -> Refused:
    """The answer about somebody who is no member."""
    return Refused("user_unknown", f"There is no member {user_id}.")


def last_owner() -> Refused:
    """The answer to who would leave nobody in charge."""
    return Refused("last_owner", "This is the last owner; make somebody else one first.")


def taken(email: str) -> Refused:
    """The answer about an email that somebody has."""
    return Refused("email_taken", f"There is a member with the email {email}.")


router = Router("/users", route_handlers=[list_users, get_user, add_user, change_user, remove_user], tags=["People"])
