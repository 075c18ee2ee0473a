"""The load generator, in a process of its own: prepared requests over kept-alive connections.

Two ways to send. Without a rate it is a closed loop: each connection sends its next request when the last one was
answered. With a rate it is an open loop: request `i` goes out at `start + i / rate` whatever the answers do; when
no connection is free it waits for one, and its clock runs from the moment it was due to go, so that a slow server
cannot hide behind its own slowness. Times are CLOCK_MONOTONIC, comparable with those of the sink.

Speaks with the harness in lines of JSON: an `Order` on standard input, `ready` on standard output, a line `go` on
standard input, a `Sent` on standard output; and so on until standard input ends.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import deque
from typing import cast
from urllib.parse import urlsplit

import msgspec

from bench.deliveries import Kind, requests
from bench.sink import run

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


class Order(msgspec.Struct, frozen=True):
    """What to send. `urls` share the connections evenly; `rate` is requests/s, None for a closed loop.

    An answer is good when its status is `status` and its body contains `expect`. The run ends after `limit_s`
    seconds whatever is missing.
    """

    urls: list[str]
    kind: Kind
    first: int
    count: int
    connections: int
    status: int
    expect: str = ""
    rate: float | None = None
    limit_s: float = 120.0


class Sent(msgspec.Struct, frozen=True):
    """Per request: when it was posted and when its good answer was complete (0.0 for none).

    `lag` is how late the generator itself was with each request of an open loop; `bad` are the first few answers
    that were not good; `cpu` is this process's time in seconds between go and the last answer.
    """

    posted: list[float]
    answered: list[float]
    lag: list[float]
    bad: list[str]
    cpu: float


class Connection(asyncio.Protocol):
    """One kept-alive connection that holds at most one request."""

    def __init__(self, volley: Volley) -> None:
        self.volley = volley
        self.index: int | None = None
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass

    def send(self, index: int, request: bytes) -> None:
        self.index = index
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self.held + data if self.held else data
        head = data.find(b"\r\n\r\n")
        found = _LENGTH.search(data, 0, head) if head >= 0 else None
        if head < 0 or len(data) < head + 4 + (int(found[1]) if found else 0):
            self.held = data
            return
        self.held = b""
        index, self.index = self.index, None
        if index is not None:
            self.volley.answered(self, index, int(data[9:12]), data[head + 4 :])

    def connection_lost(self, exc: Exception | None) -> None:
        self.volley.lost(self, self.index)


class Volley:
    """One order while it is carried out."""

    def __init__(self, order: Order, prepared: list[bytes]) -> None:
        self.order = order
        self.prepared = prepared
        self.posted = [0.0] * order.count
        self.done = [0.0] * order.count
        self.lag: list[float] = []
        self.bad: list[str] = []
        self.idle: deque[Connection] = deque()
        self.waiting: deque[int] = deque()
        self.next = 0
        self.open = order.count
        self.finished = asyncio.Event()
        self.expect = order.expect.encode()

    async def fire(self) -> Sent:
        """Opens the connections, then sends; CPU and times count from the first request."""
        self.loop = asyncio.get_running_loop()
        for number in range(self.order.connections):
            await self.connect(self.order.urls[number % len(self.order.urls)])
        began = time.process_time()
        self.start = time.monotonic()
        if self.order.rate is None:
            for connection in list(self.idle)[: self.order.count]:
                self.advance(connection)
        else:
            self.due()
        try:
            await asyncio.wait_for(self.finished.wait(), self.order.limit_s)
        except TimeoutError:
            self.complain(f"{self.open} requests without an answer after {self.order.limit_s:g} s")
        return Sent(self.posted, self.done, self.lag, self.bad, time.process_time() - began)

    async def connect(self, url: str) -> None:
        where = urlsplit(url)
        assert where.hostname is not None
        assert where.port is not None
        _, connection = await self.loop.create_connection(lambda: Connection(self), where.hostname, where.port)
        self.idle.append(connection)

    def advance(self, connection: Connection) -> None:
        """Closed loop: the next request, on the connection that has just become free."""
        if self.next < self.order.count:
            index, self.next = self.next, self.next + 1
            self.posted[index] = time.monotonic()
            connection.send(index, self.prepared[index])

    def due(self) -> None:
        """Open loop: everything whose time has come, then a timer for the next."""
        assert self.order.rate is not None
        now = time.monotonic()
        while self.next < self.order.count and (planned := self.start + self.next / self.order.rate) <= now:
            index, self.next = self.next, self.next + 1
            self.posted[index] = now
            self.lag.append(now - planned)
            if self.idle:
                self.idle.popleft().send(index, self.prepared[index])
            else:
                self.waiting.append(index)
        if self.next < self.order.count:
            self.loop.call_later(planned - now, self.due)

    def answered(self, connection: Connection, index: int, status: int, body: bytes) -> None:
        if status == self.order.status and self.expect in body:
            self.done[index] = time.monotonic()
        else:
            self.complain(f"{status} {body[:200].decode('utf-8', 'replace')}")
        self.settle()
        if self.order.rate is None:
            self.advance(connection)
        elif self.waiting:
            waiting = self.waiting.popleft()
            connection.send(waiting, self.prepared[waiting])
        else:
            self.idle.append(connection)

    def lost(self, connection: Connection, index: int | None) -> None:
        if self.finished.is_set():
            return
        if connection in self.idle:
            self.idle.remove(connection)
        self.complain("the server closed a connection")
        if index is not None:
            self.settle()

    def settle(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.finished.set()

    def complain(self, what: str) -> None:
        if len(self.bad) < 5:
            self.bad.append(what)


def prepare(order: Order) -> list[bytes]:
    """The requests of an order. Servers that share it see the first one's address as Host, which none of them read."""
    where = urlsplit(order.urls[0])
    return requests(order.kind, order.first, order.count, host=where.netloc, path=where.path or "/")


def serve() -> None:
    """Carries out orders until standard input ends."""
    for line in sys.stdin.buffer:
        order = msgspec.json.decode(line, type=Order)
        prepared = prepare(order)
        _say(b"ready")
        if not sys.stdin.buffer.readline():
            return
        run(_carry_out(order, prepared))


async def _carry_out(order: Order, prepared: list[bytes]) -> None:
    _say(msgspec.json.encode(await Volley(order, prepared).fire()))


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
