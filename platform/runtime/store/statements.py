"""Running statements on a pool, alone or several in one commit; here psycopg's errors become the store's."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from treadle.runtime.clock import steady
from treadle.runtime.metrics import POOL_WAIT
from treadle.runtime.patience import patience
from treadle.runtime.pools import Lines
from treadle.runtime.ports import StoreDown, Unstorable
from treadle.runtime.store.joint import held, joined

T = TypeVar("T")
Params = Mapping[str, Any]
Ask = Callable[[bytes, Params], Awaitable[list[tuple[Any, ...]]]]
"""Runs a statement; all rows of the answer, none for one that has no answer."""

_TRIES = 5
_PAUSE = 0.05  # seconds


class Deadlocked(StoreDown):
    """Two commits waited for each other, and this one was undone. It may be tried again at once."""


class Statements:
    """What the parts of the Postgres store share: a pool whose connections are in the workspace, and how to ask it."""

    def __init__(self, pool: Lines, workspace_id: UUID) -> None:
        """`pool` is made by `database.make_pool` for this workspace; opening and closing it stays there."""
        self.workspace_id = workspace_id
        self._pool = pool
        self._mending: asyncio.Task[None] | None = None
        self.down = False
        """Whether the last statement found no database."""
        self._heard: set[str] = set()  # triggers that somebody listened for when we looked last
        self._tied: set[UUID] = set()  # runs of ours whose end others have to hear of

    async def _ask(self, statement: bytes, params: Params | None = None) -> list[tuple[Any, ...]]:
        """All rows of the answer. Raises `StoreDown`, `Unstorable`, or psycopg's error for a fault of ours."""

        async def once() -> list[tuple[Any, ...]]:
            async with self._connection() as connection:
                cursor = await connection.execute(statement, params, binary=True)
                return await cursor.fetchall()

        return await self._again(once)

    async def as_one(self, work: Callable[[], Awaitable[T]]) -> T:
        """All that `work` asks of this database, by whichever part of the store, in one commit; it is done again when
        that was undone for a deadlock. It must be short and ask nothing else of the world. Raises what `work` does;
        nothing was changed then.
        """

        async def once() -> T:
            async with self._connection() as connection, connection.transaction():
                with joined(self._pool, connection):
                    return await work()

        return await self._again(once)

    async def _together(self, work: Callable[[Ask], Awaitable[T]]) -> T:
        """Everything that `work` asks in one commit."""
        return await self._again(lambda: self._once_together(work))

    async def _once_together(self, work: Callable[[Ask], Awaitable[T]]) -> T:
        async with self._connection() as connection, connection.transaction():

            async def ask(statement: bytes, params: Params) -> list[tuple[Any, ...]]:
                cursor = await connection.execute(statement, params, binary=True)
                return await cursor.fetchall() if cursor.description else []

            return await work(ask)

    async def _change(self, statement: bytes, params: Params | None = None) -> int:
        """How many rows the statement changed. Raises like `_ask`."""

        async def once() -> int:
            async with self._connection() as connection:
                return (await connection.execute(statement, params)).rowcount

        return await self._again(once)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        # Not `pool.connection()`, which does more: our connections commit by themselves.
        try:
            if (mine := held(self._pool)) is not None:
                yield mine
                return
            began = steady()
            connection = await self._pool.getconn(patience.get())
            POOL_WAIT.observe(steady() - began)
            try:
                yield connection
            finally:
                await self._pool.putconn(connection)
            self.down = False
        except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex) as error:
            raise Unstorable(f"the database refuses a value: {_line(error)}") from error
        except psycopg.errors.DeadlockDetected as error:
            raise Deadlocked(_line(error)) from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.down = True
            self._mend()
            raise StoreDown(f"the database cannot be reached: {_line(error)}") from error

    def _mend(self) -> None:
        """Let the pool replace its broken connections now, so that each of them does not fail one caller more."""
        if not self._pool.closed and (self._mending is None or self._mending.done()):
            self._mending = asyncio.create_task(self._pool.check())

    async def _again(self, work: Callable[[], Awaitable[T]]) -> T:
        """What the work gives; it is done again when it was undone for a deadlock, also where it is one statement. As
        a part of a commit it is not: all of that was undone.
        """
        for tried in range(1, 1 if held(self._pool) is not None else _TRIES):
            try:
                return await work()
            except Deadlocked:
                # By chance, so that the same do not meet again.
                await asyncio.sleep(random.uniform(0.0, _PAUSE * tried))
        return await work()


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
