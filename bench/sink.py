"""The sink: the far end of the common job, in a process of its own.

It answers every POST with a few bytes of JSON and notes when the request was complete (CLOCK_MONOTONIC, which all
processes of a Linux machine share). It reads the event's id from `"lead": N` in the body; what comes to `/aside` is
answered and not noted. As cheap as asyncio allows, so that its CPU does not distort what it measures. It stops when its
standard input ends.

Control requests, on the same port: `GET /count`, `GET /arrivals`, `GET /reset`.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Coroutine
from typing import Any, cast

import msgspec

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_LEAD = re.compile(rb'"lead": *"?(\d+)')

# A bound on memory: ids and times of this many arrivals, a few times what any benchmark sends.
MOST_ARRIVALS = 1_000_000


class Count(msgspec.Struct, frozen=True):
    """Answer to `GET /count`. `last` is the monotonic time of the last arrival, `cpu` seconds of this process."""

    arrived: int
    strange: int
    last: float
    cpu: float


class Arrivals(msgspec.Struct, frozen=True):
    """Answer to `GET /arrivals`: ids and their monotonic times, in the order of arrival."""

    ids: list[int]
    at: list[float]


class Ledger:
    """What arrived since the last reset. `strange` are requests without an id."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.at: list[float] = []
        self.strange = 0

    def note(self, body: bytes) -> None:
        found = _LEAD.search(body)
        if found is None or len(self.ids) >= MOST_ARRIVALS:
            self.strange += 1
            return
        self.ids.append(int(found[1]))
        self.at.append(time.monotonic())

    def clear(self) -> None:
        self.ids.clear()
        self.at.clear()
        self.strange = 0

    def control(self, path: bytes) -> bytes:
        if path == b"/count":
            last = self.at[-1] if self.at else 0.0
            return msgspec.json.encode(Count(len(self.ids), self.strange, last, time.process_time()))
        if path == b"/arrivals":
            return msgspec.json.encode(Arrivals(self.ids, self.at))
        if path == b"/reset":
            self.clear()
            return b"{}"
        return b"null"


class Line(asyncio.Protocol):
    """One connection. Requests may come in pieces; clients with keep-alive send one at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        data = self.held + data if self.held else data
        while data:
            head = data.find(b"\r\n\r\n")
            if head < 0:
                break
            found = _LENGTH.search(data, 0, head)
            end = head + 4 + (int(found[1]) if found else 0)
            if len(data) < end:
                break
            self.answer(data[:head], data[head + 4 : end])
            data = data[end:]
        self.held = data

    def answer(self, head: bytes, body: bytes) -> None:
        if not head.startswith(b"GET "):
            if b" /aside" not in head[:16]:
                self.ledger.note(body)
            self.transport.write(ANSWER)
            return
        text = self.ledger.control(head.split(b" ", 2)[1])
        self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)


async def serve() -> None:
    """Listens on a free port of 127.0.0.1, prints it as the one line of output, stops at the end of standard input."""
    loop = asyncio.get_running_loop()
    ledger = Ledger()
    server = await loop.create_server(lambda: Line(ledger), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(ended), sys.stdin)
    await ended.read()
    server.close()


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs on uvloop where there is one: the harness should cost as little as it can."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


if __name__ == "__main__":
    run(serve())
