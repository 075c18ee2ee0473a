"""API keys, as they are stored: their digests, what they may, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from treadle.runtime.access import Right
from treadle.runtime.people.auditlog import write
from treadle.runtime.people.pages import page
from treadle.runtime.people.records import Key, NewEntry
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_ADD, _REVOKE, _CALLER, _USED = query("add_key"), query("revoke_key"), query("key_caller"), query("key_used")


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key to store; `starts` are its first characters, by which people know it again. `by_id` is the member who made
    it, None for a program.
    """

    id: UUID
    name: str
    digest: bytes
    starts: str
    scopes: Sequence[Right]
    by: str
    by_id: UUID | None = None
    expires: datetime | None


class Keyring(Statements):
    """Methods of `People` about API keys."""

    async def add_key(self, new: NewKey, entry: NewEntry) -> None:
        """Store a key."""

        async def work(ask: Ask) -> None:
            texts = {"name": clean(new.name), "by": clean(new.by), "scopes": list(new.scopes)}
            await ask(_ADD, msgspec.structs.asdict(new) | texts)
            await write(ask, entry)

        await self._together(work)

    async def keys(self, *, before: UUID | None = None, limit: int = 50) -> list[Key]:
        """Those that are not revoked, newest first."""
        rows = await self._ask(page("keys", {b"id < %(id)s": before}), {"id": before, "limit": limit})
        names = ("id", "name", "starts", "scopes", "made_by", "created_at", "expires_at", "used_at")
        return [Key(**dict(zip(names, row, strict=True))) for row in rows]

    async def revoke_key(self, id: UUID, entry: NewEntry) -> None:
        """End a key. Raises `KeyError` when there is none that is open."""

        async def work(ask: Ask) -> None:
            if not await ask(_REVOKE, {"id": id}):
                raise KeyError(id)
            await write(ask, entry)

        await self._together(work)

    async def key_caller(self, digest: bytes) -> tuple[UUID, str, list[Right]] | None:
        """The id, the name and the scopes of a key that is good; notes the minute in which it was used."""
        found = await self._ask(_CALLER, {"digest": digest})
        if not found:
            return None
        key, name, scopes, anew = found[0]
        if anew:
            await self._change(_USED, {"id": key})
        return key, name, scopes
