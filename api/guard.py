"""Who may use `/api/v1`: whoever presents a key that the database knows or is signed in, and sends JSON.

Owns reading the headers and the cookie, and telling our own pages from those of others. Whose a key or a session is,
`treadle.runtime.people.callers` knows; what they may do, the services.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from litestar.connection import Request
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

from treadle.api.addresses import client, networks
from treadle.api.cookies import COOKIE, sessions_in
from treadle.api.limits import Limits
from treadle.api.problems import Refused
from treadle.api.workspaces import HEADER, AnyConnection, engine_of, entered, named, outside
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.keys import key_workspace
from treadle.runtime.people import people_of
from treadle.runtime.people.callers import by_key, by_session
from treadle.runtime.people.tokens import csrf_token, same

CSRF_HEADER = "x-csrf-token"
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""


def callers_only(engine: Engine, limits: Limits) -> Guard:
    """A guard that answers 401 unless the request carries a key or a session of the workspace that it is for, 403 to a
    request with a cookie that some other site may have caused, 429 to who asks too often, and 415 to a body that does
    not say it is JSON. A route that declares
    `anybody=True` is where people come in: it needs neither, and takes nothing from pages of other sites.
    """

    async def guard(connection: AnyConnection, handler: BaseRouteHandler) -> None:
        limits.address(client(connection.scope, connection.headers, networks(engine.settings.proxies)))
        if handler.opt.get("anybody"):
            same_origin(connection)
        else:
            who = await caller(engine, connection)
            limits.caller(f"{who.kind} {who.id}")
            connection.scope["user"] = who
        json_only(connection)  # no guard of its own: Litestar runs one that is not async in a thread

    return guard


async def caller(engine: Engine, connection: AnyConnection) -> Principal:
    """Who sent this, asked now: long answers ask again, to end with the session. The request has entered the workspace
    of the key or session then. Raises `Refused` and `StoreDown`.
    """
    header = connection.headers.get("authorization")
    if header is not None:
        key = bearer(header)
        if key is not None and (found := await _by_key(engine, connection, key)) is not None:
            return found
    elif cookie := connection.cookies.get(COOKIE):
        if (found := await _by_session(engine, connection, cookie)) is not None:
            return found
        raise Refused("key_missing", "This session is over; sign in again.")
    raise Refused("key_missing", "Sign in, or send `Authorization: Bearer KEY` with a key of this installation.")


async def _by_key(engine: Engine, connection: AnyConnection, key: str) -> Principal | None:
    workspace, wanted = key_workspace(key), await named(engine, connection)
    if wanted is not None and wanted != workspace:
        raise outside(connection.headers[HEADER])
    if (here := await engine_of(engine, workspace)) is None:
        return None
    entered(connection, here)
    return await by_key(people_of(here), key)


async def _by_session(engine: Engine, connection: AnyConnection, cookie: str) -> Principal | None:
    sessions, wanted = sessions_in(cookie), await named(engine, connection)
    if wanted is not None and wanted not in sessions:
        raise outside(connection.headers[HEADER])
    workspace, session = next((each for each in sessions.items() if wanted in (None, each[0])), (None, ""))
    if workspace is None or (here := await engine_of(engine, workspace)) is None:
        return None
    entered(connection, here)
    found = await by_session(people_of(here), session)
    if found is not None:
        ours_only(connection, session)
    return found


def ours_only(connection: AnyConnection, session: str) -> None:
    """Raises `Refused` (403) for a change that comes with the cookie but not from a page of ours: no other site can
    read the token that goes with the session, nor set the header.
    """
    scope: Any = connection.scope
    if scope["method"] in SAFE:
        return
    same_origin(connection)
    if not same(connection.headers.get(CSRF_HEADER, ""), csrf_token(session)):
        raise Refused("csrf_failed", "Send `X-CSRF-Token` with the token that `GET /api/v1/session` gives.")


def same_origin(connection: AnyConnection) -> None:
    """Raises `Refused` (403) for what a page of another site sends."""
    origin = connection.headers.get("origin")
    if origin is not None and _host(origin) != connection.headers.get("host", "").lower():
        raise Refused("csrf_failed", "Requests of other sites' pages are not taken here.")


def _host(origin: str) -> str | None:
    """The host and port in an `Origin`; the scheme may differ, behind a proxy that speaks TLS for us."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def asking(request: Request[Principal, Any, Any], engine: NamedDependency[Engine]) -> Principal:
    """Who sent the request, as the guard found it; a dependency of handlers (`who: NamedDependency[Principal]`). It
    comes behind `engine`, because Litestar begins a task for each of those that need nothing of one another.
    """
    return request.user


def json_only(connection: AnyConnection) -> None:
    """Raises `Refused` (415) for a body that does not say it is JSON."""
    headers = connection.headers
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json":
        raise Refused("wrong_content_type", "Send `Content-Type: application/json`.")


def bearer(header: str) -> str | None:
    """The key in an `Authorization` header, or None when there is none that could be one of ours."""
    scheme, _, key = header.partition(" ")
    key = key.strip()
    return key if scheme.lower() == "bearer" and key and key.isascii() else None
