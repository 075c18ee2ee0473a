"""Running one statement on a pool: the one place where psycopg's errors become the store's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg_pool import AsyncConnectionPool

from treadle.runtime.ports import StoreDown, Unstorable

Params = Mapping[str, Any]


class Statements:
    """What the parts of the Postgres store share: a pool whose connections are in the workspace, and how to ask it."""

    def __init__(self, pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]], workspace_id: UUID) -> None:
        """`pool` is made by `database.make_pool` for this workspace; opening and closing it stays there."""
        self.workspace_id = workspace_id
        self._pool = pool
        self._mending: asyncio.Task[None] | None = None

    async def _ask(self, statement: bytes, params: Params | None = None) -> list[tuple[Any, ...]]:
        """All rows of the answer. Raises `StoreDown`, `Unstorable`, or psycopg's error for a fault of ours."""
        async with self._connection() as connection:
            cursor = await connection.execute(statement, params, binary=True)
            return await cursor.fetchall()

    async def _change(self, statement: bytes, params: Params | None = None) -> int:
        """How many rows the statement changed. Raises like `_ask`."""
        async with self._connection() as connection:
            return (await connection.execute(statement, params)).rowcount

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        # Not `pool.connection()`, which does more: our connections commit by themselves.
        try:
            connection = await self._pool.getconn()
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)
        except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex) as error:
            raise Unstorable(f"the database refuses a value: {_line(error)}") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self._mend()
            raise StoreDown(f"the database cannot be reached: {_line(error)}") from error

    def _mend(self) -> None:
        """Let the pool replace its broken connections now, so that each of them does not fail one caller more."""
        if not self._pool.closed and (self._mending is None or self._mending.done()):
            self._mending = asyncio.create_task(self._pool.check())


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
