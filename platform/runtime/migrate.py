"""Bringing a database to this program's schema, and saying when one does not fit.

Runs as the owner of the tables. The version is read with one query before Alembic is imported, because that import
costs more than everything else at a start.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import msgspec
import psycopg
from psycopg import sql

from treadle.runtime import migrations
from treadle.runtime.queuetables import make_queue_tables, queue_package

APP_ROLE = "treadle_app"
_LOCK = 0x7472_6561_646C_6531  # any number that nobody else locks
_VERSIONS: LiteralString = """
    select (select version_num from treadle.alembic_version), (select version from treadle_queue.package)
"""


class MigrationError(Exception):
    """The database does not fit this program, or cannot be brought there. One line that says what to do."""


class Unreachable(MigrationError):
    """No connection to the database could be made."""


class Versions(msgspec.Struct, frozen=True):
    """What a database is at: the schema's revision and the SAQ release whose tables it has; None: none."""

    schema: str | None
    queue: str | None

    @property
    def fits(self) -> bool:
        """Whether this program can work on the database as it is."""
        return self == Versions(migrations.HEAD, queue_package())


def read_versions(connection: psycopg.Connection[Any]) -> Versions:
    """What the database is at. One query."""
    try:
        row = connection.execute(_VERSIONS).fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return Versions(None, None)
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationError("The user of DATABASE_URL may not read the schema treadle of this database.") from error
    return Versions(*(row or (None, None)))


def reach(url: str) -> None:
    """Raises `Unreachable` when there is no way to the database."""
    with _connected(url):
        pass


def check(url: str) -> None:
    """Raises `MigrationError` unless the database is at this program's schema."""
    with _connected(url) as connection:
        versions = read_versions(connection)
    _refuse_newer(versions)
    if not versions.fits:
        raise MigrationError("The database is not at this program's schema. Run treadle migrate.")


def migrate(url: str, *, login: bool = False) -> bool:
    """Bring the database up to date; False when it was. Safe to run twice and in several processes at once.

    `url` is the owner's. `login` lets the app's role connect by itself, for a server whose socket is private; elsewhere
    processes take the role after connecting. Raises `MigrationError`.
    """
    with _connected(url) as connection:
        if _current(connection):
            return False
        with _locked(connection):
            if _current(connection):
                return False
            try:
                _bring_up(connection, url, login=login)
            except psycopg.errors.InsufficientPrivilege as error:
                raise MigrationError(
                    f"The user of DATABASE_URL may not change the schema: {_first_line(error)}"
                ) from error
            except psycopg.Error as error:
                raise MigrationError(f"The migration failed and was undone: {_first_line(error)}") from error
    return True


def _current(connection: psycopg.Connection[Any]) -> bool:
    versions = read_versions(connection)
    _refuse_newer(versions)
    return versions.fits


def _refuse_newer(versions: Versions) -> None:
    if versions.schema is not None and versions.schema > migrations.HEAD:
        raise MigrationError(
            f"The database is at schema {versions.schema} and this program knows {migrations.HEAD}. Upgrade treadle."
        )


def _bring_up(connection: psycopg.Connection[Any], url: str, *, login: bool) -> None:
    _make_role(connection, login=login)
    if connection.execute("select to_regnamespace('treadle')").fetchone() == (None,):
        connection.execute("create schema treadle")
    _upgrade(url)
    connection.execute("grant select on treadle.alembic_version to treadle_app")
    make_queue_tables(connection)


def _make_role(connection: psycopg.Connection[Any], *, login: bool) -> None:
    kind = sql.SQL("login" if login else "nologin")
    try:
        connection.execute(sql.SQL("create role treadle_app {}").format(kind))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        if login:
            connection.execute("alter role treadle_app login")
    except psycopg.errors.InsufficientPrivilege as error:
        if connection.execute("select 1 from pg_roles where rolname = 'treadle_app'").fetchone() is None:
            raise MigrationError(
                "The user of DATABASE_URL may not make roles. Let an administrator run: "
                "create role treadle_app nologin; grant treadle_app to <that user>;"
            ) from error
    try:
        connection.execute("set role treadle_app")
        connection.execute("reset role")
    except psycopg.errors.InsufficientPrivilege:
        connection.execute("grant treadle_app to current_user")


def _upgrade(url: str) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import NullPool

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, options="-c search_path=treadle -c lock_timeout=10s"),
        poolclass=NullPool,
    )
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except DBAPIError as error:
            raise (error.orig or error) from error


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise Unreachable(f"The database cannot be reached: {_first_line(error)}") from error
    with connection:
        yield connection


@contextmanager
def _locked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    # Asked again and again, not waited for: a waiter's snapshot would block `create index concurrently` of the holder.
    while connection.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone() != (True,):
        time.sleep(0.05)
    try:
        yield
    finally:
        if not connection.closed and not connection.broken:
            connection.execute("select pg_advisory_unlock(%s)", [_LOCK])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0]
