"""The cookie of sessions. Owns its name, its flags, and that it holds one session for each workspace that somebody is
signed in to, the newest first. No script can read it and no other site can have it sent with a change.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request
from litestar.datastructures import Cookie

from treadle.api.addresses import networks, secure
from treadle.runtime.engine import Engine
from treadle.runtime.people.tokens import token_workspace
from treadle.runtime.services.sessions import SECONDS

COOKIE = "treadle_session"
MOST = 20
"""Sessions that one cookie holds."""


def sessions_in(cookie: str | None) -> dict[UUID, str]:
    """The secrets of the sessions in a cookie by their workspaces, the newest first."""
    found: dict[UUID, str] = {}
    for token in (cookie or "").split(".")[:MOST]:
        if token:
            found.setdefault(token_workspace(token), token)
    return found


def session_of(engine: Engine, request: Request[Any, Any, Any]) -> str | None:
    """The secret of the session in this engine's workspace that came with the request."""
    return sessions_in(request.cookies.get(COOKIE)).get(engine.store.workspace_id)


def session_cookie(engine: Engine, request: Request[Any, Any, Any], token: str | None) -> Cookie:
    """The cookie that keeps a session in this engine's workspace beside those in others; None takes it away."""
    settings = engine.settings
    tls = secure(request.scope, request.headers, networks(settings.proxies))
    others = sessions_in(request.cookies.get(COOKIE))
    others.pop(engine.store.workspace_id, None)
    kept = ".".join([*([token] if token else ()), *others.values()][:MOST])
    return Cookie(
        key=COOKIE,
        value=kept,
        max_age=SECONDS if kept else 0,
        path="/",
        httponly=True,
        samesite="lax",
        secure=tls or settings.env == "production",
    )
