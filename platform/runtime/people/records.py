"""What is known about people and programs, as others see it. Owns shapes only; no secret is in any of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from treadle.runtime.access import Right, Role


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the workspace. `since` is when they became one, `groups` are the names of theirs."""

    id: UUID
    email: str
    name: str
    role: Role
    since: datetime
    groups: list[str]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """People whom rules can ask together (`approve ... by "NAME"`); `members` are ids of users."""

    id: UUID
    name: str
    members: list[UUID]


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that nobody has accepted yet; its secret was shown once."""

    id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key. `starts` are its first characters, `used_at` is when it was last used, to the minute."""

    id: UUID
    name: str
    starts: str | None
    scopes: list[Right]
    made_by: str | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was changed: `what` (`run.cancelled`) about which `object`, by whom; `detail` has no secrets. Who
    tried to sign in and was refused is `nobody`, named by their address.
    """

    id: UUID
    at: datetime
    who_kind: Literal["user", "key", "system", "nobody"]
    who_id: UUID | None
    who_name: str
    what: str
    object: str | None
    detail: dict[str, Any]


class NewEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the audit log; `detail` is a JSON object."""

    id: UUID
    who_kind: Literal["user", "key", "system", "nobody"]
    who_id: UUID | None
    who_name: str
    what: str
    object: str | None
    detail: bytes


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: by the kind of change, the object, the name of who made it; `before` is an id."""

    what: str | None = None
    object: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1)] = 50


def called(name: str, email: str) -> str:
    """What history and the audit log call a person: a name alone could be anybody's."""
    return f"{name} <{email}>"
