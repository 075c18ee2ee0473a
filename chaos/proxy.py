"""A way to Postgres that can be cut where it hurts: a commit went out and was done, its answer never comes back.

Stands between the processes of an installation and the server, on a socket of its own. What a cut is, `wire` says.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from types import TracebackType

from chaos.wire import Conversation

PORT = 5432  # names the socket file only
_PIECE = 1 << 16


class Proxy:
    """Forwards connections to the socket of a server. `cuts` holds time and statement of each cut that was made."""

    def __init__(self, folder: Path, upstream: Path) -> None:
        """`folder` holds the socket that clients use, `upstream` is the path of the server's."""
        self._path = folder / f".s.PGSQL.{PORT}"
        self._upstream = upstream
        self._wanted = 0
        self._open: set[asyncio.Task[None]] = set()
        self.cuts: list[tuple[float, str]] = []
        self.url = f"postgresql:///postgres?host={folder}&port={PORT}&user=postgres"

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    def cut(self, count: int) -> None:
        """The answers to the next `count` commits that wrote something will not arrive."""
        self._wanted = count

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until either side is gone; a server that does not run refuses like one that does."""
        theirs, ours = await asyncio.open_unix_connection(str(self._upstream))
        talk = Conversation()
        ways = [
            asyncio.create_task(self._there(reader, writer, ours, talk)),
            asyncio.create_task(self._back(theirs, writer, talk)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            ours.transport.abort()

    async def _there(
        self,
        reader: asyncio.StreamReader,
        client: asyncio.StreamWriter,
        server: asyncio.StreamWriter,
        talk: Conversation,
    ) -> None:
        while data := await reader.read(_PIECE):
            if talk.asked(data):
                client.write(b"N")
                continue
            server.write(data)
            await server.drain()

    async def _back(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter, talk: Conversation) -> None:
        while data := await reader.read(_PIECE):
            statement = talk.answered(data)
            if statement is not None and self._wanted > 0:
                self._wanted -= 1
                self.cuts.append((time.time(), " ".join(statement.decode("utf-8", "replace").split())[:200]))
                return
            client.write(data)
            await client.drain()
