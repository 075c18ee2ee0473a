"""HTTP connections with an end: heads and bodies have to arrive in time, and a head has a size.

uvicorn waits for ever for the rest of a request. Here a head has ten seconds and a body thirty, counted from its first
byte, so that slow senders cannot hold connections. Owns no answer of the application.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from treadle.api.headers import SAFE
from treadle.api.problems import MEDIA_TYPE, problem

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
MAX_HEAD = 64 * 1024
"""Bytes of a request line with all its headers."""


class Deadlines(HttpToolsProtocol):
    """uvicorn's protocol with deadlines. At most one of them runs: for the head or for the body of a request."""

    _timer: asyncio.TimerHandle | None = None
    _head: int | None = None
    """Bytes of the head that came so far; None when no head is awaited."""
    _body = False
    """Whether a body is awaited."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is awaited."""
        super().connection_made(transport)
        self._head = 0
        self._arm(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Also what is no request yet, such as empty lines, begins the time of a head. A request that comes whole, as
        nearly all do, needs no timer.
        """
        if self._head is None and not self._body:
            self._head = 0
        self._head = None if self._head is None else self._head + len(data)
        super().data_received(data)
        if self._head is not None and self._head > MAX_HEAD:
            self._end("head_too_large", "The request line with its headers is larger than 64 KB.")
        elif self._timer is None and (self._body or self._head is not None) and not self.transport.is_closing():
            self._arm(BODY_SECONDS if self._body else HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        """The head is there; its body is awaited."""
        self._arm(None)
        self._head, self._body = None, True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there."""
        super().on_message_complete()
        self._body = False
        self._arm(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._arm(None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """As every refusal, a problem document."""
        self._end("bad_request", "This is no HTTP request that can be read.")

    def _arm(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = self.loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._timer = None
        self._end("timeout", "The request did not arrive in time.")

    def _end(self, code: str, detail: str) -> None:
        """Answer, unless an answer has begun, and close."""
        self._arm(None)
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(_answer(code, detail))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def _answer(code: str, detail: str) -> bytes:
    told = problem(code, detail, None)
    body = msgspec.json.encode(told)
    headers: list[Any] = [
        (b"content-type", MEDIA_TYPE.encode()), (b"content-length", b"%d" % len(body)), (b"connection", b"close"),
        *SAFE,
    ]  # fmt: skip
    lines = [b"HTTP/1.1 %d Refused" % told.status, *(b"%s: %s" % each for each in headers), b"", body]
    return b"\r\n".join(lines)
