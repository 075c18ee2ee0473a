"""The moment at which a request leaves. Owns the one fact that everything after depends on: may bytes have left?

aiohttp repeats a PUT or DELETE by itself when a kept connection turns out to be dead. `Departure` sees the second
departure and stops it: whether to repeat is the runtime's to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

BeforeSend = Callable[[], None]
"""Called with nothing awaited between it and the first byte of a request; what it raises stops the request."""


class Repeated(Exception):
    """A request that may have arrived was about to be sent again."""


class Departure:
    """One call's requests on their way out. `left` is true from the moment that a byte may have left."""

    __slots__ = ("_before", "_reads", "left", "stopped")

    def __init__(self, before: BeforeSend | None, *, reads: bool) -> None:
        self._before = before
        self._reads = reads
        self.left = False
        self.stopped: BaseException | None = None

    def go(self) -> None:
        """Ask, then note that it left. Raises what `before_send` raises, or `Repeated`."""
        if self.left and not self._reads:
            raise Repeated
        if self._before is not None:
            try:
                self._before()
            except BaseException as error:
                self.stopped = error  # aiohttp wraps what is raised inside a body
                raise
        self.left = True


class DepartingBody(aiohttp.Payload):
    """The body of a write, which aiohttp sends in one piece with the headers; so it is here that the request leaves."""

    _autoclose = True

    def __init__(self, body: bytes, departure: Departure) -> None:
        super().__init__(body)
        self._size = len(body)
        self._departure = departure

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text."""
        return bytes(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Let it go. A connection found closed here took nothing."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """As `write`; the length is the body's own."""
        transport = getattr(writer, "transport", None)
        if transport is not None and transport.is_closing():
            raise aiohttp.ClientConnectionResetError("the connection was closed before the request left")
        self._departure.go()
        await writer.write(self._value)


def reads_depart() -> aiohttp.TraceConfig:
    """For requests without a body: the hook that aiohttp calls right before it writes the headers."""

    async def go(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
        context.trace_request_ctx.go()

    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(go)
    return config
