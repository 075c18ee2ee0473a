"""The one Postgres that every part of a run uses: our embedded one, owned by the harness, or a given one.

Both contestants get an empty database on it, with the same durable settings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench.processes import HarnessError, parent

# With one of these off, a commit is no promise, and what was measured would mean nothing.
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
_COLUMNS = (
    "select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
    " order by attnum"
)
# A UUIDv7 for the row of a number: each row a millisecond older than the one before.
_UUID = """(lpad(to_hex({millis} - number), 12, '0') || '7'
    || substr(md5(number::text), 1, 3) || '8' || substr(md5(number::text), 4, 15))::uuid"""


class Server:
    """A running Postgres. `pid` is its first process, None when it is not on this machine."""

    def __init__(self, url: str) -> None:
        self.url = url
        with self._connect(url) as connection:
            self.version: str = _value(connection, "show server_version")
            backend: int = _value(connection, "select pg_backend_pid()")
            weak = [name for name in _DURABLE if _value(connection, f"show {name}") != "on"]
            above = parent(backend) if _is_postgres(backend) else None
        if weak:
            raise HarnessError(f"Postgres runs with {', '.join(weak)} off; nothing measured on it would be durable.")
        self.pid = above

    def fresh(self, name: str) -> str:
        """The URL of a new, empty database of this name."""
        with self._connect(self.url) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return _with_database(self.url, name)

    def drop(self, name: str) -> None:
        with self._connect(self.url) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def value(self, database_url: str, query: str) -> Any:
        with self._connect(database_url) as connection:
            return _value(connection, query)

    def copies(self, database_url: str, table: str, key: str, count: int, millis: int) -> None:
        """So many copies of the first row of a table, each with a UUIDv7 of its own in the column `key`: the same ones
        for the same `millis`, the moment of the newest, and in the order of time. Statistics are those of a table that
        was filled long ago.
        """
        own = _UUID.format(millis=millis)
        with self._connect(database_url) as connection:
            names = connection.execute(_COLUMNS, (table,)).fetchall()
            columns = [name for (name,) in names]
            values = ", ".join(own if name == key else f'first."{name}"' for name in columns)
            listed = ", ".join(f'"{name}"' for name in columns)
            query = (
                f"insert into {table} ({listed}) select {values} from (select * from {table} limit 1) first,"
                f" generate_series({count}, 1, -1) number"
            )
            connection.execute(query.encode())
            connection.execute(f"vacuum analyze {table}".encode())  # as autovacuum would leave it

    def settle(self) -> None:
        """A checkpoint, so that one part's dirty pages are not written during the next part."""
        with self._connect(self.url) as connection:
            connection.execute("checkpoint")

    @staticmethod
    def _connect(url: str) -> psycopg.Connection[Any]:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)


@contextlib.contextmanager
def running(folder: Path, given: str | None) -> Iterator[Server]:
    """The server of `given`, or the embedded one with its data under `folder`, which stops at the end."""
    if given is not None:
        yield Server(given)
        return
    from treadle.runtime.embedded import Embedded, EmbeddedError

    # Root's server runs under another account, which has to be able to pass through the folder above its own.
    folder.chmod(0o711)
    try:
        embedded = Embedded(folder / "postgres", root_base=folder / "postgres-data")
        embedded.start()
    except EmbeddedError as error:
        raise HarnessError(str(error)) from error
    try:
        yield Server(embedded.url())
    finally:
        embedded.stop()


def _is_postgres(pid: int) -> bool:
    """Whether the pid that a server named is a process of this machine."""
    comm = Path(f"/proc/{pid}/comm")
    return comm.exists() and comm.read_text().startswith("postgres")


def _with_database(url: str, name: str) -> str:
    """`scheme://authority/name?query`; urllib would drop the empty authority of a socket's URL."""
    scheme, _, rest = url.partition("://")
    where, _, query = rest.partition("?")
    return f"{scheme}://{where.partition('/')[0]}/{name}" + (f"?{query}" if query else "")


def _value(connection: psycopg.Connection[Any], query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return None if row is None else row[0]
