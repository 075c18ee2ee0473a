"""Just enough of ASGI for the stand-in: a request read whole, a reply written whole. Knows nothing of OpenRouter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

import msgspec

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_encoder = msgspec.json.Encoder(decimal_format="number")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer. `cut` closes the connection in the middle of it, after the work was done."""

    status: int = 200
    body: bytes = b""
    retry_after: int | None = None
    cut: bool = False


def json_reply(value: Any, status: int = 200, **more: Any) -> Reply:
    """A JSON answer."""
    return Reply(status=status, body=_encoder.encode(value), **more)


async def read(scope: Scope, receive: Receive) -> Request:
    """The whole request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(method=scope["method"], path=scope["path"], headers=headers, body=body)


async def write(reply: Reply, send: Send) -> None:
    """The whole reply; a cut one promises more bytes than it sends, which makes the server drop the connection."""
    length = len(reply.body) + (1 if reply.cut else 0)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(length).encode())]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if not reply.cut:
        await send({"type": "http.response.body", "body": reply.body})
