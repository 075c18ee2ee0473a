"""The schema: made once, by whoever comes first, and refused where it does not fit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from saq.queue.postgres import PostgresQueue
from tests.conftest import Postgres
from tests.runtime.store.making import delivery, event, move

from treadle.runtime import migrations
from treadle.runtime.database import make_pool, open_database
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.migrate import MigrationError, check, migrate, read_versions
from treadle.runtime.ports import Arrival, End, NewListen, NewStep, RunFilter, Sleep
from treadle.runtime.settings import Settings
from treadle.runtime.store.parameters import line_of
from treadle.runtime.store.postgres import PostgresStore
from treadle.runtime.upkeep import Upkeep

_END = ".rule"
_ALEMBIC_STAYS_OUT = """
import sys
from treadle.runtime.migrate import check, migrate
assert migrate(sys.argv[1]) is False
check(sys.argv[1])
print(sorted({"alembic", "sqlalchemy", "saq"} & set(sys.modules)))
"""


@pytest.fixture
def empty_url(postgres: Postgres) -> Iterator[str]:
    """A database with nothing in it."""
    name = postgres.fresh("template0")
    yield postgres.url(name)
    postgres.drop(name)


def _plain_owner(empty_url: str) -> str:
    """The database for an owner of its own, who obeys policies."""
    with psycopg.connect(empty_url, autocommit=True) as connection:
        name = connection.info.dbname
        owner = f"owner_of_{name}"
        connection.execute(f"create role {owner} login createrole".encode())
        connection.execute(f"grant treadle_app to {owner} with admin option".encode())
        connection.execute(f"grant create on database {name} to {owner}".encode())
    return empty_url.replace("user=postgres", f"user={owner}")


def test_it_is_migrated_once(empty_url: str) -> None:
    assert migrate(empty_url) is True
    assert migrate(empty_url) is False
    check(empty_url)
    with psycopg.connect(empty_url) as connection:
        assert read_versions(connection).fits
        assert connection.execute("select name from treadle.workspaces").fetchall() == [("main",)]


def test_an_installation_at_the_first_schema_comes_up(empty_url: str) -> None:
    migrate(empty_url)
    connection_id = new_id()
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop schema treadle cascade; create schema treadle; set search_path = treadle")
        connection.execute(migrations.revision_sql("0001_first").encode())
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('0001')")
        connection.execute(
            "insert into plugin_values (workspace_id, connection_id, key, value) values (%s, %s, 'k', 'v')",
            [DEFAULT_WORKSPACE, connection_id],
        )
    with pytest.raises(MigrationError, match="treadle migrate"):
        check(empty_url)
    assert migrate(empty_url) is True
    check(empty_url)

    async def use() -> None:
        async with make_pool(empty_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=1) as pool:
            store = PostgresStore(pool, DEFAULT_WORKSPACE)
            assert await store.get_value(connection_id, "k") == b"v"
            assert [await store.take_place(connection_id, 1, 60, 0) > 0 for _ in range(2)] == [False, True]

    asyncio.run(use())


def test_runs_that_live_when_the_schema_learns_to_wait_go_on(empty_url: str) -> None:
    migrate(empty_url)
    run_id, publication = new_id(), new_id()
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop schema treadle cascade; create schema treadle; set search_path = treadle")
        for name in ("0001_first", "0002_rates"):
            connection.execute(migrations.revision_sql(name).encode())
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('0002')")
        connection.execute("select set_config('treadle.workspace', %s, false)", [str(DEFAULT_WORKSPACE)])
        connection.execute(
            "insert into runs (id, hops, graph, kind, rule, origin) values (%s, 0, 'g', 'rule', 'R', 'R')", [run_id]
        )
        connection.execute(
            "insert into live_runs (run_id, due_at, status, state) values (%s, now(), 'running', '{}')", [run_id]
        )
        connection.execute("insert into publications (id, created_at) values (%s, now())", [publication])
    assert migrate(empty_url) is True

    async def use() -> None:
        async with make_pool(empty_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=2) as pool:
            store = PostgresStore(pool, DEFAULT_WORKSPACE)
            (claimed,) = await store.claim(new_id(), 10, 30.0)
            listen = NewListen(slot="s", trigger="t.e")
            await store.commit([move(claimed, Sleep(3600.0), listens=(listen,))])
            await store.accept([], [Arrival(event())])
            (again,) = await store.claim(new_id(), 10, 30.0)
            assert (again.run_id, len(again.signals)) == (run_id, 1)
            skipped = NewStep(id=new_id(), seq=1, node="n", what="t.act", state="skipped")
            assert await store.commit([move(again, End("done", None, b"1"), steps=(skipped,))]) == set()
            found = await store.publication(publication)
            assert found is not None
            assert found.limits == b"[]"

    asyncio.run(use())


def test_what_was_there_before_partitions_and_rules_of_ends_stays_readable(empty_url: str) -> None:
    migrate(empty_url)
    ended, live, early, late = (new_id() for _ in range(4))
    late = UUID(int=late.int | 0x7FFF << 112)  # of a clock that went wrong
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop schema treadle cascade; create schema treadle; set search_path = treadle")
        for name in ("0001_first", "0002_rates", "0003_waiting", "0004_order", "0005_webhooks"):
            connection.execute(migrations.revision_sql(name).encode())
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('0005')")
        connection.execute("select set_config('treadle.workspace', %s, false)", [str(DEFAULT_WORKSPACE)])
        for id_ in (ended, live):
            connection.execute(
                "insert into runs (id, hops, graph, kind, rule, origin) values (%s, 0, 'g', 'rule', 'R', 'R')", [id_]
            )
        connection.execute("insert into run_ends (run_id, epoch, outcome) values (%s, 1, 'failed')", [ended])
        connection.execute(
            "insert into live_runs (run_id, due_at, status, state) values (%s, now(), 'running', '{}')", [live]
        )
        for id_ in (early, late):
            connection.execute(
                "insert into deliveries (id, connection_id, content_type, body) values (%s, %s, 'x', 'b')", [id_, id_]
            )
    assert migrate(empty_url) is True

    async def use() -> None:
        async with make_pool(empty_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=2) as pool:
            store = PostgresStore(pool, DEFAULT_WORKSPACE)
            assert [each.id for each in await store.runs(RunFilter(rule="R"))] == [live]
            assert [each.id for each in await store.runs(RunFilter(status="failed"))] == [ended]
            await Upkeep(store, 30).once()
            assert [each.id for each in await store.runs(RunFilter(rule="R"))] == [live, ended]
            await store.accept([delivery()], [])
            assert len(await store._ask(b"select * from deliveries")) == 3


def test_who_was_first_in_a_line_has_the_turn_when_the_schema_learns_of_it(empty_url: str) -> None:
    migrate(empty_url)
    first, second = new_id(), new_id()
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop schema treadle cascade; create schema treadle; set search_path = treadle")
        for name in (
            "0001_first",
            "0002_rates",
            "0003_waiting",
            "0004_order",
            "0005_webhooks",
            "0006_listing",
            "0007_switches",
        ):
            connection.execute(migrations.revision_sql(name).encode())
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('0007')")
        connection.execute("select set_config('treadle.workspace', %s, false)", [str(DEFAULT_WORKSPACE)])
        for run_id in (second, first):
            line = line_of(DEFAULT_WORKSPACE, "turn", "R", "k")
            connection.execute("insert into turns (line, run_id) values (%s, %s)", [line, run_id])
    assert migrate(empty_url) is True

    async def use() -> None:
        async with make_pool(empty_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=1) as pool:
            assert await PostgresStore(pool, DEFAULT_WORKSPACE).take_turn("R", "k", first, "queue") == second

    asyncio.run(use())


def test_texts_of_all_workspaces_are_kept_once_when_the_schema_learns_to(empty_url: str) -> None:
    url, other = _plain_owner(empty_url), new_id()
    migrate(url)
    made = {workspace: [new_id(), new_id()] for workspace in (DEFAULT_WORKSPACE, other)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema treadle cascade; create schema treadle; set search_path = treadle")
        earlier = sorted(each.name for each in (files(migrations) / "sql").iterdir() if each.name < "0022")
        for name in earlier:
            connection.execute(migrations.revision_sql(name.removesuffix(".sql")).encode())
        connection.execute("create table alembic_version (version_num varchar(32) primary key)")
        connection.execute("insert into alembic_version values ('0021')")
        for workspace, ids in made.items():
            connection.execute("select set_config('treadle.workspace', %s, false)", [str(workspace)])
            connection.execute(
                "insert into workspaces (workspace_id, name) values (%s, %s) on conflict do nothing",
                [workspace, str(workspace)],
            )
            for id_ in ids:
                connection.execute("insert into publications (id, created_at) values (%s, now())", [id_])
                for path, text in ((f"same{_END}", "same é"), (f"own{_END}", str(id_))):
                    connection.execute(
                        "insert into publication_sources values (%s, %s, %s, %s)", [workspace, id_, path, text]
                    )
    assert migrate(url) is True

    async def use(workspace: UUID) -> None:
        async with make_pool(url, "treadle", workspace, min_size=1, max_size=1) as pool:
            store = PostgresStore(pool, workspace)
            for id_ in made[workspace]:
                found = await store.publication(id_)
                assert found is not None
                assert found.sources == {f"same{_END}": "same é", f"own{_END}": str(id_)}
            assert len(await store._ask(b"select * from texts")) == 3

    for workspace in made:
        asyncio.run(use(workspace))


def test_two_at_once_do_it_once(empty_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: migrate(empty_url), range(3)))
    assert sorted(done) == [False, False, True]


def test_an_unmigrated_database_is_refused(empty_url: str) -> None:
    with pytest.raises(MigrationError, match="treadle migrate"):
        check(empty_url)


def test_an_older_program_refuses_a_newer_database(empty_url: str) -> None:
    migrate(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("update treadle.alembic_version set version_num = '9999'")
    for attempt in (check, migrate):
        with pytest.raises(MigrationError, match=r"schema 9999 .* Upgrade treadle"):
            attempt(empty_url)


def test_another_release_of_saq_brings_its_tables_up(empty_url: str) -> None:
    migrate(empty_url)
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("update treadle_queue.package set version = '0.1'")
        connection.execute("drop table treadle_queue.saq_jobs, treadle_queue.saq_stats")
        connection.execute("delete from treadle_queue.saq_versions")
    with pytest.raises(MigrationError, match="treadle migrate"):
        check(empty_url)
    assert migrate(empty_url) is True
    check(empty_url)


def test_a_failing_migration_leaves_nothing_and_says_why(empty_url: str) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("create schema treadle; create table treadle.workers (a integer)")
    with pytest.raises(MigrationError, match=r"undone: .*workers"):
        migrate(empty_url)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'treadle'").fetchone() == (1,)


def test_who_may_not_make_tables_is_told_so(empty_url: str, postgres: Postgres) -> None:
    with psycopg.connect(empty_url, autocommit=True) as connection:
        connection.execute("drop role if exists outsider; create role outsider login")
    with pytest.raises(MigrationError, match="may not"):
        migrate(empty_url.replace("user=postgres", "user=outsider"))
    with pytest.raises(MigrationError, match="cannot be reached"):
        check(empty_url.replace("user=postgres", "user=nobody_there"))


def test_an_owner_without_super_powers_is_enough(empty_url: str) -> None:
    url = _plain_owner(empty_url)
    assert migrate(url) is True
    with psycopg.connect(url) as connection:
        connection.execute("set treadle.workspace = ''")
        assert connection.execute("select count(*) from treadle.workspaces").fetchone() == (0,)
        connection.execute("set role treadle_app")


def test_an_up_to_date_start_imports_no_alembic(database_url: str) -> None:
    command = [sys.executable, "-c", _ALEMBIC_STAYS_OUT, database_url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_head_is_alembics_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


async def test_saqs_queue_runs_under_the_apps_role(database_url: str, tmp_path: Path) -> None:
    class Queue(PostgresQueue):
        async def init_db(self) -> None:
            """The migration made the tables."""

    settings = Settings(home=tmp_path, database_url=database_url)
    async with open_database(settings) as database, database.queue_pool() as pool:
        queue = Queue(pool=pool, name="q")
        await queue.connect()
        job = await queue.enqueue("drain", key="k", ttl=60)
        assert job is not None
        assert await queue.count("queued") == 1
        taken = await queue.dequeue(timeout=2)
        assert taken is not None
        assert taken.key == job.key
        await queue.finish(taken, "complete")  # type: ignore[arg-type]
        assert await queue.count("queued") == 0
        await queue.disconnect()
