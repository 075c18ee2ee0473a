"""`/keys`: API keys of programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, PlainName, aware
from treadle.api.problems import Refused
from treadle.runtime.access import Principal, Right
from treadle.runtime.engine import Engine
from treadle.runtime.people.records import Key
from treadle.runtime.services import keys


class KeyPage(Page[Key], frozen=True):
    """A page of keys."""


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key to make: what it may (`scopes`) and until when; without `expires_at` until it is revoked."""

    name: PlainName
    scopes: Annotated[list[Right], msgspec.Meta(min_length=1, max_length=4)]
    expires_at: datetime | None = None


class MadeKey(msgspec.Struct, frozen=True):
    """A key; `key` is the secret itself, shown this once."""

    id: UUID
    key: str


@get("/", summary="Keys, newest first")
async def list_keys(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> KeyPage:
    """Those that are not revoked, each with its first characters, its scopes and when it was last used."""
    found = await keys.listed(engine, who, before=before(cursor), limit=limit + 1)
    return KeyPage(*cut(found, limit, lambda key: key.id))


@post("/", status_code=201, summary="Make a key")
async def make_key(engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[NewKey]) -> MadeKey:
    """A key can be given no right that whoever makes it does not have. What is stored cannot be turned back into it."""
    return MadeKey(*await keys.made(engine, who, data.name, data.scopes, aware(data.expires_at)))


@delete("/{key_id:uuid}", status_code=204, summary="Revoke a key", codes=("key_unknown",))
async def revoke_key(engine: NamedDependency[Engine], who: NamedDependency[Principal], key_id: FromPath[UUID]) -> None:
    """It opens nothing any more, from the next request on."""
    try:
        await keys.revoked(engine, who, key_id)
    except KeyError:
        raise Refused("key_unknown", f"There is no key {key_id}.") from None


router = Router("/keys", route_handlers=[list_keys, make_key, revoke_key], tags=["People"])
