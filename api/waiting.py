"""What is answered on the port of a service that has yet to reach its database: 503 to everybody but the probe of life.

Owns answers without an application: there is none yet. Of a request only its first line is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import msgspec

AGAIN = 5
"""Seconds after which who is refused may ask again."""
_WITHIN = 5.0  # seconds in which a request has to come
_WHY = msgspec.json.encode(
    {
        "type": "about:blank",
        "title": "Starting",
        "status": 503,
        "code": "starting",
        "detail": "The database cannot be reached yet; the service starts when it can.",
    }
)


@contextlib.asynccontextmanager
async def answering_meanwhile(listener: socket.socket) -> AsyncIterator[None]:
    """While inside, requests to this socket are told that the service starts. It stays open."""
    server = await asyncio.start_server(_answer, sock=listener.dup())
    try:
        yield
    finally:
        server.close()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_WITHIN):
            asked = await reader.readuntil(b"\r\n")
            writer.write(_alive() if asked.startswith(b"GET /health/live ") else _starting())
            await writer.drain()
    writer.close()


def _alive() -> bytes:
    return _message("200 OK", "application/json", b'{"status":"ok"}')


def _starting() -> bytes:
    return _message("503 Service Unavailable", "application/problem+json", _WHY, f"Retry-After: {AGAIN}\r\n")


def _message(status: str, kind: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
    )
    return head.encode() + body
