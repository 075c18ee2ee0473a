"""The cookie of a session. Owns its name and its flags; no script can read it and no other site can have it sent with a
change.
"""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from treadle.api.addresses import networks, secure
from treadle.runtime.engine import Engine
from treadle.runtime.services.sessions import SECONDS

COOKIE = "treadle_session"


def session_of(request: Request[Any, Any, Any]) -> str | None:
    """The secret of the session that came with the request."""
    return request.cookies.get(COOKIE)


def session_cookie(engine: Engine, request: Request[Any, Any, Any], token: str | None) -> Cookie:
    """The cookie that keeps a session; None takes it away."""
    settings = engine.settings
    tls = secure(request.scope, request.headers, networks(settings.proxies))
    return Cookie(
        key=COOKIE,
        value=token or "",
        max_age=SECONDS if token else 0,
        path="/",
        httponly=True,
        samesite="lax",
        secure=tls or settings.env == "production",
    )
