"""Answers in time while the database is away: whoever asks then waits for two seconds at most, whatever a route does.

Owns the deadline alone. That a statement fails and becomes a 503 is the store's and the routes' affair, and comes first
as a rule; this is for those who wait behind others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from treadle.api.problems import MEDIA_TYPE, RETRY_AFTER, problem
from treadle.runtime.patience import ASKED, patience

WITHIN = 1.5
"""Seconds until an answer has to begin while the database is away."""
HEADERS = [
    (b"content-type", MEDIA_TYPE.encode()), (b"retry-after", str(RETRY_AFTER).encode()), (b"connection", b"close"),
]  # fmt: skip


def prompt(app: ASGIApp, is_down: Callable[[], bool]) -> ASGIApp:
    """The application, whose requests wait for a connection only shortly, and not longer than that in all while
    `is_down`.
    """

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        patience.set(ASKED)
        if is_down():
            await _within(app, scope, receive, send)
        else:
            await app(scope, receive, send)

    return asked


async def _within(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    deadline = asyncio.timeout(WITHIN)

    async def begun(message: Message) -> None:
        if message["type"] == "http.response.start":
            deadline.reschedule(None)
        await send(message)

    try:
        async with deadline:
            await app(scope, receive, begun)
    except TimeoutError:
        if not deadline.expired():
            raise
        body = msgspec.json.encode(problem("database_down", "Whether it was stored is not known; ask again.", None))
        await send({"type": "http.response.start", "status": 503, "headers": HEADERS})
        await send({"type": "http.response.body", "body": body, "more_body": False})
