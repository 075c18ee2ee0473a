"""Addresses whose query is no text: refused before the router, which would read it as UTF-8 and break."""

from __future__ import annotations

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from treadle.api.problems import MEDIA_TYPE, problem


def readable(app: ASGIApp) -> ASGIApp:
    """The application, which then gets no query with other bytes than ASCII. Browsers and clients send none."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["query_string"].isascii():
            await app(scope, receive, send)
            return
        told = problem("bad_request", "What follows the ? has to be percent-encoded.", None)
        body = msgspec.json.encode(told)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return guarded
