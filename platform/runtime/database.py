"""The connection to Postgres: the embedded server or the one of DATABASE_URL, with a pool under the app's role.

Owns opening and closing; the statements are the store's. Each connection of a pool works under the role `treadle_app`,
which owns nothing and obeys row-level security, and names the workspace whose rows it may see.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format
from psycopg.types.string import ByteaBinaryLoader
from psycopg_pool import AsyncConnectionPool

from treadle.runtime import migrate as migration
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.migrations import SCHEMA
from treadle.runtime.pools import WorkspacePool
from treadle.runtime.queuetables import QUEUE_SCHEMA
from treadle.runtime.settings import Settings
from treadle.runtime.store.postgres import PostgresStore

if TYPE_CHECKING:
    from treadle.runtime.embedded import Embedded


class Line(psycopg.AsyncConnection[Any]):
    """A connection that remembers in which workspace it is."""

    workspace = ""


Pool = AsyncConnectionPool[Line]

# A server whose machine is gone does not even say no; without these a statement waits for it for a quarter of an hour.
_LINE = {
    "connect_timeout": 5, "tcp_user_timeout": 10_000,
    "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2,
}  # fmt: skip
_WATCH = 0.5  # seconds between looks at the embedded server
# Statements are planned once a connection, often while a table is empty, and then meet it full. All of ours look rows
# up by key, so the plans that read a table whole are taken away instead of trusting young statistics.
SESSION: LiteralString = """
    select set_config('role', %s, false), set_config('search_path', %s, false),
        set_config('treadle.workspace', %s, false), set_config('timezone', 'UTC', false),
        set_config('synchronous_commit', 'on', false), set_config('enable_seqscan', 'off', false),
        set_config('enable_bitmapscan', 'off', false), set_config('enable_hashjoin', 'off', false),
        set_config('enable_mergejoin', 'off', false)
"""


class _BytesDumper(Dumper):
    """Bytes go out as they are and take the type that the statement gives them: json or bytea."""

    format = Format.BINARY
    oid = 0

    def dump(self, obj: Any) -> Buffer | None:
        return obj  # type: ignore[no-any-return]


class Database:
    """An open database, seen from one workspace. `url` is libpq's address of the app's user; `pool` and `store` see
    that workspace and nothing else.
    """

    def __init__(self, url: str, server: Embedded | None) -> None:
        """Opens nothing; `open_database` does."""
        self.url = url
        self.lines = make_pool(url, SCHEMA, DEFAULT_WORKSPACE, min_size=1, max_size=12)
        self._server = server
        self._enter(DEFAULT_WORKSPACE)

    def _enter(self, workspace: UUID) -> None:
        self.pool = WorkspacePool(self.lines, workspace)
        self.store = PostgresStore(self.pool, workspace)

    def of(self, workspace: UUID) -> Database:
        """The same database over the same connections, seen from another workspace."""
        other = copy.copy(self)
        other._enter(workspace)
        return other

    @property
    def embedded(self) -> bool:
        """Whether the server is the one out of a wheel."""
        return self._server is not None

    def queue_pool(self, *, max_size: int = 6) -> Pool:
        """A closed pool for SAQ's queue: it sees SAQ's tables and nothing else.

        Open it, hand it to a `PostgresQueue`, close it. The queue must leave out `init_db`: its tables were made by the
        migration, and the role of this pool may not make any (see `queuetables`).
        """
        return make_pool(self.url, QUEUE_SCHEMA, None, min_size=1, max_size=max_size, durable=False)

    async def notifications(self, channel: LiteralString) -> AsyncIterator[str]:
        """The payloads of NOTIFY on `channel`, over a connection of its own. Raises `psycopg.Error` when it breaks."""
        connection = await psycopg.AsyncConnection.connect(self.url, autocommit=True, connect_timeout=5)
        async with connection:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            async for each in connection.notifies():
                yield each.payload


def make_pool(
    url: str, schema: str, workspace: UUID | None, *, min_size: int, max_size: int, durable: bool = True
) -> Pool:
    """A closed pool of autocommit connections under the app's role, in this schema and workspace.

    Without `durable` a commit does not wait for the disk: for what may be lost.
    """

    async def configure(connection: Line) -> None:
        await connection.execute(SESSION, [migration.APP_ROLE, schema, str(workspace or "")])
        connection.workspace = str(workspace or "")
        if not durable:
            await connection.execute("set synchronous_commit = off")
        connection.prepare_threshold = 1
        connection.adapters.register_dumper(bytes, _BytesDumper)
        connection.adapters.register_loader("json", ByteaBinaryLoader)

    return AsyncConnectionPool(
        url,
        connection_class=Line,
        kwargs={"autocommit": True, "application_name": "treadle", **_LINE},
        configure=configure,
        min_size=min_size,
        max_size=max_size,
        timeout=5.0,
        # The pool doubles its pause after each failure; given up early, the next request begins afresh.
        reconnect_timeout=1.0,
        open=False,
    )


@asynccontextmanager
async def open_database(settings: Settings, *, migrate: bool = False) -> AsyncIterator[Database]:
    """The database of these settings, at this program's schema.

    Without DATABASE_URL the embedded server is started or joined, and always migrated. Raises `EmbeddedError` and
    `MigrationError`.
    """
    server = None if settings.database_url else await asyncio.to_thread(_start_embedded, settings)
    try:
        url = settings.database_url or ""
        if server is not None:
            await asyncio.to_thread(migration.migrate, server.url(), login=True)
            url = server.url(migration.APP_ROLE)
        elif migrate:
            await asyncio.to_thread(migration.migrate, url)
        else:
            await asyncio.to_thread(migration.check, url)
        database = Database(url, server)
        async with database.lines, _watched(server):
            yield database
    finally:
        if server is not None:
            await asyncio.to_thread(server.stop)


def _start_embedded(settings: Settings) -> Embedded:
    if sys.platform == "win32":
        raise migration.MigrationError("The embedded Postgres does not run on Windows. Set DATABASE_URL.")
    from treadle.runtime.embedded import Embedded

    server = Embedded(settings.home)
    server.start()
    return server


@asynccontextmanager
async def _watched(server: Embedded | None) -> AsyncIterator[None]:
    """While inside, a server that ended is started again: killed, or owned by a process that left us, its guest."""
    if server is None:
        yield
        return
    over = asyncio.Event()
    watch = asyncio.create_task(_watch(server, over), name="embedded-postgres-watch")
    try:
        yield
    finally:
        over.set()
        await watch  # not cancelled: a start in its thread must not outlive the stop that follows


async def _watch(server: Embedded, over: asyncio.Event) -> None:
    from treadle.runtime.embedded import EmbeddedError

    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), _WATCH)
        if server.role == "stopped" and not over.is_set():
            with contextlib.suppress(EmbeddedError):  # the next look tries again; the store says StoreDown meanwhile
                await asyncio.to_thread(server.start)
