"""Who presents a key or a session: the principal behind it. Owns the form of keys. Asked for every request; what was
revoked is over at once in the process that revoked it, and within a second in the others.
"""

from __future__ import annotations

from treadle.runtime.access import RIGHTS, Principal
from treadle.runtime.keys import is_key
from treadle.runtime.people.records import User, called
from treadle.runtime.people.store import People
from treadle.runtime.people.tokens import digest, is_token


async def by_key(people: People, presented: str) -> Principal | None:
    """Whoever has this API key; None for one that is unknown, revoked or over. Raises `StoreDown`."""
    if not is_key(presented):
        return None
    secret, own = digest(presented), people.workspace_id

    async def ask() -> Principal | None:
        if (found := await people.key_caller(secret)) is None:
            return None
        key, name, scopes = found
        return Principal(workspace_id=own, kind="key", id=key, name=f"key {name}", rights=frozenset(scopes))

    return await people.callers.find((own, "key", secret), ask)


async def by_session(people: People, token: str) -> Principal | None:
    """Whoever is signed in with this session; None for one that is unknown or over. Raises `StoreDown`."""
    if not is_token(token):
        return None
    secret = digest(token)

    async def ask() -> Principal | None:
        found = await people.session_caller(secret)
        return None if found is None else member(people, found)

    return await people.callers.find((people.workspace_id, "session", secret), ask)


def member(people: People, user: User) -> Principal:
    """A member, as they act."""
    return Principal(
        workspace_id=people.workspace_id,
        kind="user",
        id=user.id,
        name=called(user.name, user.email),
        rights=RIGHTS[user.role],
        role=user.role,
        groups=frozenset(user.groups),
    )
