"""Reading a request's body under a cap, and letting a sender finish that got its answer early.

Litestar's own limit raises in the middle of the body, and the server then closes a connection that is still being
written to: the sender sees a reset instead of the answer. Here the rest is read and thrown away first.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from litestar.types import Receive

from treadle.runtime.accept import MAX_BODY

DRAIN_SECONDS = 5.0
"""How long a sender that was answered early may go on sending."""


class TooLarge(Exception):
    """More than `MAX_BODY` bytes were announced, or came."""


class Gone(Exception):
    """The sender went away in the middle. Half a body must never pass for a whole one."""


async def read_body(announced: str, receive: Receive) -> bytes:
    """The whole body. `announced` is the header Content-Length, or empty. Raises `TooLarge` and `Gone`, the latter also
    when the server gave it up as too slow, see `deadlines`.
    """
    if announced.isdigit() and int(announced[:20]) > MAX_BODY:
        raise TooLarge
    chunk, more = await _chunk(receive)
    return await _rest(chunk, receive) if more else _capped(chunk)


async def _rest(first: bytes, receive: Receive) -> bytes:
    body, more = bytearray(first), True
    while more:
        chunk, more = await _chunk(receive)
        body += chunk
        _capped(body)
    return bytes(body)


def _capped(body: Any) -> Any:
    if len(body) > MAX_BODY:
        raise TooLarge
    return body


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    message: Any = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    return message.get("body", b""), message.get("more_body", False)


async def drain(receive: Receive) -> None:
    """Read what is still coming and throw it away, up to four bodies of the largest size."""
    left = 4 * MAX_BODY
    with suppress(TimeoutError, Gone):
        async with asyncio.timeout(DRAIN_SECONDS):
            more = True
            while more and left > 0:
                chunk, more = await _chunk(receive)
                left -= len(chunk)
