"""What only the real store can show: row-level security, the role, plans, failures of the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.conftest import Postgres
from tests.runtime.store.making import LEASE, arrival, event, intent, move

from treadle.runtime.database import make_pool
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.ports import Arrival, End, EventFilter, RunFilter, StoreDown, Unstorable
from treadle.runtime.store.postgres import PostgresStore

_TABLES = "select tablename from pg_tables where schemaname = 'treadle' and tablename <> 'alembic_version'"


@pytest.fixture
def app(postgres: Postgres, database_name: str) -> Iterator[psycopg.Connection[Any]]:
    """A bare connection as the app's role, with no workspace named."""
    with psycopg.connect(postgres.url(database_name, "treadle_app"), autocommit=True) as connection:
        connection.execute("set search_path = treadle")
        yield connection


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES)]


def count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


async def test_without_a_workspace_nothing_is_seen(postgres_store: PostgresStore, app: psycopg.Connection[Any]) -> None:
    await postgres_store.accept([], [arrival(key="k")])
    assert len(tables(app)) > 30
    for setting in (None, "", str(new_id())):
        if setting is not None:
            app.execute("select set_config('treadle.workspace', %s, false)", [setting])
        assert {table: count(app, table) for table in tables(app)} == dict.fromkeys(tables(app), 0)
    app.execute("select set_config('treadle.workspace', %s, false)", [str(postgres_store.workspace_id)])
    assert [count(app, table) for table in ("events", "runs", "live_runs", "event_keys", "workspaces")] == [1] * 5


async def test_a_store_does_not_see_another_workspace(postgres_store: PostgresStore, database_url: str) -> None:
    given = arrival(key="k", entity="a:1")
    await postgres_store.accept([], [given])
    async with make_pool(database_url, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=2) as pool:
        other = PostgresStore(pool, DEFAULT_WORKSPACE)
        assert await other.event(given.event.id) is None
        assert await other.events(EventFilter(entity="a:1")) == []
        assert await other.runs(RunFilter(entity="a:1")) == []
        assert await other.claim(new_id(), 10, LEASE) == []
        theirs = arrival(key="k")
        assert await other.accept([], [theirs]) == {}
        (claimed,) = await postgres_store.claim(new_id(), 10, LEASE)
        assert await other.commit([move(claimed, End("done"))]) == {claimed.run_id}
    assert await postgres_store.event(theirs.event.id) is None


def test_every_table_names_a_workspace_and_guards_it(app: psycopg.Connection[Any]) -> None:
    guarded = {
        name
        for (name,) in app.execute(
            """select relname from pg_class join pg_attribute on attrelid = pg_class.oid
            where relnamespace = 'treadle'::regnamespace and attname = 'workspace_id' and attnotnull
                and relrowsecurity and relforcerowsecurity
                and exists (select from pg_policy where polrelid = pg_class.oid)"""
        )
    }
    assert guarded == set(tables(app))


@pytest.mark.parametrize(
    "statement",
    [
        "drop table events",
        "truncate events",
        "delete from events",
        "update events set data = '1'",
        "update steps set state = 'done'",
        "update run_outputs set output = '1'",
        "update signals set data = '1'",
        "update approvals set question = 'x'",
        "delete from approvals",
        "delete from schedules",
        "delete from run_ends",
        "alter table events disable row level security",
        "create table treadle.mine (a integer)",
        "create table treadle_queue.mine (a integer)",
        "alter policy own_workspace on events using (true)",
        "insert into workspaces (workspace_id, name) values (gen_random_uuid(), 'x')",
        "insert into treadle.alembic_version values ('9999')",
        "create role somebody",
        "set role postgres",
        "copy events to program 'true'",
    ],
)
def test_the_role_may_not(app: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement.encode())


def test_the_role_cannot_write_into_another_workspace(app: psycopg.Connection[Any]) -> None:
    app.execute("select set_config('treadle.workspace', %s, false)", [str(new_id())])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(
            "insert into once_keys (workspace_id, key_hash, run_id, expires_at, rule) values (%s, %s, %s, now(), 'r')",
            [DEFAULT_WORKSPACE, new_id(), new_id()],
        )


def test_the_role_bypasses_nothing(app: psycopg.Connection[Any]) -> None:
    row = app.execute(
        "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
    ).fetchone()
    assert row == (False, False, False, False)
    owned = app.execute("select count(*) from pg_class where relowner = current_user::regrole").fetchone()
    assert owned == (0,)


async def test_pools_take_the_role_and_keep_commits_durable(postgres_store: PostgresStore, database_url: str) -> None:
    async with make_pool(database_url, "treadle", None, min_size=1, max_size=1) as pool, pool.connection() as one:
        cursor = await one.execute("select current_user, current_setting('synchronous_commit'), current_schema()")
        assert await cursor.fetchone() == ("treadle_app", "on", "treadle")
        assert one.autocommit


async def test_a_value_that_does_not_fit_fails_its_batch_alone(postgres_store: PostgresStore) -> None:
    good, bad = arrival(), Arrival(event(data=b"{not json"))
    with pytest.raises(Unstorable):
        await postgres_store.accept([], [good, bad])
    assert await postgres_store.event(good.event.id) is None
    assert await postgres_store.accept([], [good]) == {}


async def test_a_lost_database_is_store_down_and_heals(postgres: Postgres, tmp_path: Any) -> None:
    name = postgres.fresh()
    async with make_pool(postgres.url(name), "treadle", DEFAULT_WORKSPACE, min_size=3, max_size=3) as pool:
        await pool.wait()
        store = PostgresStore(pool, DEFAULT_WORKSPACE)
        assert await store.live() is None
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as owner:
            owner.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
        failures = 0
        for _ in range(20):
            try:
                await store.live()
            except StoreDown:
                failures += 1
            await asyncio.sleep(0.02)
        assert 1 <= failures <= 3
    postgres.drop(name)
    with pytest.raises(StoreDown):
        await store.live()


async def test_a_zombie_and_its_heir_do_not_deadlock(postgres_store: PostgresStore) -> None:
    """Batches over the same runs in opposite orders, with renewals and releases in between."""
    await postgres_store.accept([], [arrival() for _ in range(30)])
    worker = new_id()
    claimed = await postgres_store.claim(worker, 30, LEASE)

    async def write(order: int) -> None:
        for number in range(10):
            moves = [move(each, steps=(intent(seq=number + 1, state="done"),)) for each in claimed[::order]]
            assert await postgres_store.commit(moves) == set()

    async def renew() -> None:
        for _ in range(20):
            assert await postgres_store.renew(worker, LEASE) == 30

    await asyncio.gather(write(1), write(-1), renew(), renew())


async def test_a_renewal_that_is_undone_for_a_deadlock_is_tried_again(
    postgres_store: PostgresStore, database_url: str
) -> None:
    """Somebody has the later run and wants the earlier one, which the renewal has by then."""
    await postgres_store.accept([], [arrival() for _ in range(2)])
    worker = new_id()
    first, second = sorted(each.run_id for each in await postgres_store.claim(worker, 2, LEASE))
    lock = "select run_id from treadle.live_runs where run_id = %s for update"
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute("set deadlock_timeout = '60s'")
        await other.execute(lock, [second])
        renewing = asyncio.create_task(postgres_store.renew(worker, LEASE))
        await somebody_waits(other)
        await other.execute(lock, [first])
        await other.commit()
    assert await renewing == 2


async def somebody_waits(connection: psycopg.AsyncConnection[Any]) -> None:
    """Returns when somebody waits for what this connection has locked."""
    for _ in range(1000):
        asked = "select from pg_locks where not granted and pg_backend_pid() = any (pg_blocking_pids(pid))"
        if (await connection.execute(asked)).rowcount > 0:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
