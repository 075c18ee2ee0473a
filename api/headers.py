"""The headers that every answer carries, whoever made it: no framing, no guessing of types, no referrer, no caching.

A page that needs more than nothing brings a Content-Security-Policy of its own, which stays as it is.
"""

from __future__ import annotations

from litestar.types import ASGIApp, Message, Receive, Scope, Send

SAFE: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


def safe(app: ASGIApp) -> ASGIApp:
    """The application, with `SAFE` on each of its answers; a header that it sets itself stays."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [*message["headers"]]
                there = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(each for each in SAFE if each[0] not in there)]
            await send(message)

        await app(scope, receive, sending)

    return guarded
