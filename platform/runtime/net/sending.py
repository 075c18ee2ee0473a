"""How a request tells that it leaves. Owns the two places in aiohttp where a departure is seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from treadle.runtime.net.departure import Departure


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
