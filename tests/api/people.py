"""Members with sessions, and clients that act as them or with keys of theirs, for the tests of this folder."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
from tests.api.shared import app_of

from treadle.api.app import create_app
from treadle.runtime.access import SYSTEM, Right, Role
from treadle.runtime.engine import Engine
from treadle.runtime.people import people_of
from treadle.runtime.people.tokens import csrf_token
from treadle.runtime.services import keys, sessions, users

PASSWORD = "a long sentence is good"
BASE = "http://t.example"


def plain(engine: Engine, app: Any = None) -> httpx.AsyncClient:
    """A client that is nobody."""
    transport = httpx.ASGITransport(app or create_app(engine))
    return httpx.AsyncClient(transport=transport, base_url=BASE)


async def member(engine: Engine, role: Role, *, password: str | None = None) -> tuple[str, Any]:
    """The email and the record of a new member."""
    email = f"{role}-{uuid4().hex[:10]}@shop.example"
    return email, await users.added(engine, SYSTEM, email, f"The {role}", role, password)


async def signed_in(engine: Engine, role: Role, app: Any = None) -> httpx.AsyncClient:
    """A client with the session of a new member of this role, as a page of ours sends requests."""
    _, user = await member(engine, role)
    token = await sessions.opened(engine, user.id)
    return as_session(engine, token, app or app_of(engine))


def as_session(engine: Engine, token: str, app: Any = None) -> httpx.AsyncClient:
    """A client with this session and its token for changes."""
    client = plain(engine, app)
    client.headers.update({"cookie": f"treadle_session={token}", "x-csrf-token": csrf_token(token)})
    return client


async def with_key(engine: Engine, *scopes: Right, app: Any = None) -> httpx.AsyncClient:
    """A client with a new key of these scopes."""
    _, key = await keys.made(engine, SYSTEM, "test", scopes, None)
    client = plain(engine, app or app_of(engine))
    client.headers["authorization"] = f"Bearer {key}"
    return client


async def audited(engine: Engine, object: str) -> list[str]:
    """The kinds of change that the audit log has about an object, oldest first."""
    from treadle.runtime.people.records import AuditFilter

    found = await people_of(engine).audit(AuditFilter(object=object))
    return [entry.what for entry in reversed(found)]
