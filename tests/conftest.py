"""The real servers that tests run against: one Postgres and one Valkey for each process of a test run.

`database_url` is a database of one's own for a test module, copied from a migrated one in some milliseconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from chaos.valkey import Valkey
from tests import sentry as stand_in

from treadle.runtime.database import Database, open_database
from treadle.runtime.embedded import Embedded
from treadle.runtime.migrate import migrate
from treadle.runtime.settings import Settings

_ENDED = """
select pg_terminate_backend(pid, 10000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""
_EMPTY = """
do $$
declare
    name regclass;
begin
    set local session_replication_role = replica;  -- all of them go, so no reference is left to look after
    for name in
        select oid from pg_class
        where relnamespace in ('treadle'::regnamespace, 'treadle_queue'::regnamespace)
        and relkind in ('r', 'p') and not relispartition
        and relname not in ('alembic_version', 'package', 'saq_versions', 'workspaces')
    loop
        execute format('delete from %s', name);
    end loop;
    delete from treadle.workspaces where slug <> 'main';
    update treadle.workspaces set live_publication_id = null where live_publication_id is not null;
end
$$
"""


class Postgres:
    """A running server; `fresh` gives an empty database at the newest schema."""

    def __init__(self, server: Embedded) -> None:
        self.server = server
        self._emptied: list[str] = []
        self._run("create database template_treadle")
        migrate(self.url("template_treadle"), login=True)

    def url(self, name: str, user: str = "postgres") -> str:
        """The address of one of its databases."""
        return self.server.url(user).replace("///postgres", f"///{name}")

    def fresh(self, template: str = "template_treadle") -> str:
        """The name of a new database."""
        name = f"t{uuid4().hex[:12]}"
        self._run(f"create database {name} template {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove it, also from under open connections."""
        self._run(f"drop database if exists {name} with (force)")

    def lent(self) -> str:
        """A database that looks new: one that was given back, for to make and drop one takes longer than most tests."""
        return self._emptied.pop() if self._emptied else self.fresh()

    def give_back(self, name: str) -> None:
        """For the next who wants one. Whoever is still connected is cut off first, then what was written is removed."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(_ENDED)
            connection.execute(_EMPTY)
        self._emptied.append(name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path that other accounts can pass through; it goes with the test run."""
    with tempfile.TemporaryDirectory(prefix="treadle-test-") as made:
        folder = Path(made)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="session")
def postgres(short_folder: Path) -> Iterator[Postgres]:
    """The embedded server of this process."""
    server = Embedded(short_folder / "home", root_base=short_folder / "root")
    server.start()
    yield Postgres(server)
    server.stop()


@pytest.fixture(scope="module")
def database_name(postgres: Postgres) -> Iterator[str]:
    """A database of one's own for a module."""
    name = postgres.fresh()
    yield name
    postgres.drop(name)


@pytest.fixture(scope="module")
def database_url(postgres: Postgres, database_name: str) -> str:
    """The owner's address of `database_name`, as DATABASE_URL would hold it."""
    return postgres.url(database_name)


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """The module's database, open under the app's role."""
    async with open_database(Settings(home=tmp_path, database_url=database_url)) as opened:
        yield opened


@pytest.fixture(scope="session")
def redis_url(short_folder: Path) -> Iterator[str]:
    """The address of a real Valkey that keeps what it is given, on a socket of its own."""
    folder = short_folder / "valkey"
    folder.mkdir()
    server = Valkey(folder)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """The DSN of a local stand-in of Sentry, and the envelopes that it got."""
    with stand_in.listening() as heard:
        yield heard
