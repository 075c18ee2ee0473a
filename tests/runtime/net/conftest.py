"""Servers on real sockets of this machine, at ports of their own, and clients that may reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from treadle.runtime.net.addresses import AllowList
from treadle.runtime.net.client import GuardedClient

Respond = Callable[["Server", "Seen", asyncio.StreamWriter], Awaitable[None]]


class Seen:
    """One request as it arrived."""

    def __init__(self, head: bytes, body: bytes, number: int) -> None:
        lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = lines[0].split(" ", 2)
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        self.body = body
        self.number = number


class Server:
    """Answers with what `respond` writes; counts connections and keeps every request."""

    def __init__(self, respond: Respond) -> None:
        self._respond = respond
        self.connections = 0
        self.seen: list[Seen] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def at(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.at}"

    async def start(self, tls: Any = None) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                seen = Seen(head[:-4], b"", len(self.seen) + 1)
                seen.body = await reader.readexactly(int(seen.headers.get("content-length", "0")))
                self.seen.append(seen)
                await self._respond(self, seen, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def answer(body: bytes = b'{"ok":true}', status: int = 200, **headers: str) -> bytes:
    """An answer's bytes; `content_type` and the like become headers."""
    lines = {"content-type": "application/json", "content-length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body


Serve = Callable[..., Any]


@pytest.fixture
def make_answer() -> Callable[..., bytes]:
    return answer


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(bytes)` answers always so; `await serve(function)` calls it with (server, seen, writer)."""
    running: list[Server] = []

    async def start(respond: bytes | Respond = b"", *, tls: Any = None) -> Server:
        async def always(_: Server, __: Seen, writer: asyncio.StreamWriter) -> None:
            writer.write(respond or answer())  # type: ignore[arg-type]

        server = Server(respond if callable(respond) else always)
        await server.start(tls)
        running.append(server)
        return server

    yield start
    for server in running:
        await server.stop()


@pytest.fixture
def client_for() -> Callable[..., Any]:
    """`async with client_for(server, ...) as client`: a client whose allow list holds these servers, by address."""

    @asynccontextmanager
    async def make(*opened: Server | str, **options: Any) -> AsyncIterator[GuardedClient]:
        allow = AllowList.parse(",".join(each if isinstance(each, str) else each.at for each in opened))
        async with GuardedClient(allow, **options) as client:
            yield client

    return make
