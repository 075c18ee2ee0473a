"""Counts requests by their route and status. A route is the template of its path: there are as many as we declare."""

from __future__ import annotations

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from treadle.runtime.clock import steady
from treadle.runtime.metrics import ACCEPT_SECONDS, HTTP_REQUESTS, HTTP_SECONDS

HOOKS = "/hooks/"
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


def counted(app: ASGIApp) -> ASGIApp:
    """The application, each of whose answers is counted when it begins."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        began = steady()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], steady() - began)
            await send(message)

        await app(scope, receive, sending)

    return counting


def _count(scope: Scope, status: int, seconds: float) -> None:
    if scope["path"].startswith(HOOKS):
        route = "/hooks"
        if status == 202:
            ACCEPT_SECONDS.observe(seconds)
    else:
        route = scope.get("path_template") or "none"
    asked = str(scope.get("method"))
    method = asked if asked in METHODS else "other"
    HTTP_REQUESTS.add(method, route, str(status))
    HTTP_SECONDS.observe(seconds, route)
