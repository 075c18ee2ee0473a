"""API keys: who may make one, for what and how long, and end it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from treadle.runtime.access import Principal, Right
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.keys import new_key, shown
from treadle.runtime.people import people_of
from treadle.runtime.people.keyring import NewKey
from treadle.runtime.people.records import Key
from treadle.runtime.people.tokens import digest
from treadle.runtime.services.audit import entry


async def listed(engine: Engine, who: Principal, *, before: UUID | None, limit: int) -> list[Key]:
    """Keys that are not revoked, newest first. Raises `Forbidden`."""
    who.require("administer")
    return await people_of(engine).keys(before=before, limit=limit)


async def made(
    engine: Engine, who: Principal, name: str, scopes: Sequence[Right], expires: datetime | None
) -> tuple[UUID, str]:
    """Make a key; its id and the key itself, which is shown this once. Raises `Forbidden`, also for a scope that who
    asks does not have.
    """
    who.require("administer")
    wanted = sorted(set(scopes))
    for right in wanted:
        who.require(right)
    key, key_id = new_key(engine.store.workspace_id), new_id()
    new = NewKey(
        id=key_id, name=name, digest=digest(key), starts=shown(key), scopes=wanted, by=who.name,
        by_id=who.id if who.kind == "user" else None, expires=expires,
    )  # fmt: skip
    await people_of(engine).add_key(new, entry(engine, who, "key.made", str(key_id), {"name": name, "scopes": wanted}))
    return key_id, key


async def revoked(engine: Engine, who: Principal, key_id: UUID) -> None:
    """End a key at once. Raises `Forbidden`, and `KeyError` when there is none that is open."""
    who.require("administer")
    await people_of(engine).revoke_key(key_id, entry(engine, who, "key.revoked", str(key_id)))
