"""One pool of connections for all workspaces of a process, seen from one of them.

Owns that a connection is in the workspace of whoever gets it: row-level security asks the connection, so this is what
it rests on. A connection remembers where it is, and is moved by one statement only when it comes from elsewhere; with
one workspace that never happens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

if TYPE_CHECKING:
    from treadle.runtime.database import Line, Pool

_MOVE = b"select set_config('treadle.workspace', %s, false)"


class Lines(Protocol):
    """What the store needs of a pool."""

    async def getconn(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as the pool has it
        """A connection, to be given back."""
        ...

    async def putconn(self, conn: Any) -> None:
        """Give it back."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it gives none any more."""
        ...

    async def check(self) -> None:
        """Replace what is broken."""
        ...


class WorkspacePool:
    """The shared pool, for one workspace."""

    def __init__(self, pool: Pool, workspace: UUID) -> None:
        """Opens and closes nothing."""
        self._pool = pool
        self._workspace = str(workspace)

    async def getconn(self, timeout: float | None = None) -> Line:  # noqa: ASYNC109 - as the pool has it
        """A connection that is in the workspace; to be given back by `putconn`."""
        connection = await self._pool.getconn(timeout)
        if connection.workspace != self._workspace:
            try:
                await self._move(connection)
            except BaseException:
                await self._pool.putconn(connection)
                raise
        return connection

    async def putconn(self, conn: Line) -> None:
        """Give it back."""
        await self._pool.putconn(conn)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Line]:
        """A connection for the block, which is one transaction where it begins one."""
        async with self._pool.connection() as connection:
            if connection.workspace != self._workspace:
                await self._move(connection)
            yield connection

    async def _move(self, connection: Line) -> None:
        connection.workspace = ""  # nowhere, should this fail half-way
        await connection.execute(_MOVE, [self._workspace])
        connection.workspace = self._workspace

    @property
    def closed(self) -> bool:
        """Whether the shared pool is."""
        return self._pool.closed

    async def check(self) -> None:
        """Let the shared pool replace what is broken."""
        await self._pool.check()

    async def close(self) -> None:
        """Close the shared pool, for all workspaces."""
        await self._pool.close()

    def get_stats(self) -> dict[str, Any]:
        """Figures of the shared pool."""
        return self._pool.get_stats()
