"""The contract of a connection's places: no period holds more than its count, whoever takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.runtime.store.conftest import PassTime, VirtualClock

from treadle.runtime.database import make_pool
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Store
from treadle.runtime.store.postgres import PostgresStore

Skip = Callable[[UUID, float], Awaitable[None]]

_AGE = "update treadle.connection_rates set asked_at = asked_at - %s * interval '1 second' where connection_id = %s"
_REAL = 1.0
"""Seconds: more than a test's own statements take by the real clock of Postgres."""


@pytest.fixture
def skip(kind: str, clock: VirtualClock, request: pytest.FixtureRequest) -> Skip:
    """Lets time pass for one connection, or set the clock back, without waiting."""
    url = "" if kind == "memory" else request.getfixturevalue("database_url")

    async def skip(connection: UUID, seconds: float) -> None:
        if kind == "memory":
            await clock.advance(seconds)
            return
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(_AGE, [seconds, connection])

    return skip


async def test_places_come_at_once_until_the_period_is_full(store: Store, skip: Skip) -> None:
    connection = new_id()
    assert [await store.take_place(connection, 3, 60, 0) for _ in range(3)] == [0, 0, 0]
    assert 60 - _REAL < await store.take_place(connection, 3, 60, 0) <= 60
    await skip(connection, 59)
    assert 0 < await store.take_place(connection, 3, 60, 0) <= 1
    await skip(connection, 1)
    assert [await store.take_place(connection, 3, 60, 0) for _ in range(3)] == [0, 0, 0]
    assert await store.take_place(connection, 3, 60, 0) > 0


async def test_a_place_that_comes_too_late_is_not_taken(store: Store) -> None:
    connection = new_id()
    assert await store.take_place(connection, 1, 60, 0) == 0
    for _ in range(3):
        assert 60 - _REAL < await store.take_place(connection, 1, 60, 59 - _REAL) <= 60
    assert 60 - _REAL < await store.take_place(connection, 1, 60, 60) <= 60
    assert 120 - _REAL < await store.take_place(connection, 1, 60, 60) <= 120


async def test_places_by_the_stores_own_clock(store: Store, pass_time: PassTime) -> None:
    connection = new_id()
    assert await store.take_place(connection, 1, 0.1, 0) == 0
    assert 0 < await store.take_place(connection, 1, 0.1, 0) <= 0.1
    await pass_time(0.11)
    assert await store.take_place(connection, 1, 0.1, 0) == 0


async def test_connections_do_not_share(store: Store) -> None:
    assert [await store.take_place(new_id(), 1, 60, 0) for _ in range(3)] == [0, 0, 0]


async def test_another_rate_counts_what_was_taken(store: Store) -> None:
    connection = new_id()
    for _ in range(3):
        await store.take_place(connection, 3, 60, 0)
    assert await store.take_place(connection, 2, 60, 0) > 60 - _REAL
    assert await store.take_place(connection, 4, 60, 0) == 0
    assert await store.take_place(connection, 4, 60, 0) > 60 - _REAL


async def test_many_in_a_long_period(store: Store) -> None:
    connection = new_id()
    waits = [await store.take_place(connection, 300, 3600, 0) for _ in range(301)]
    assert waits[:300] == [0] * 300
    assert waits[300] > 3600 - 20 * _REAL


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 5),
    rounds=st.lists(
        st.tuples(
            st.floats(0, 40),
            st.lists(st.sampled_from([0.0, 15.0, 90.0, 1e9]), min_size=1, max_size=6),
        ),
        min_size=2,
        max_size=8,
    ),
)
async def test_no_period_holds_more_than_the_count(
    store: Store, skip: Skip, count: int, rounds: list[tuple[float, list[float]]]
) -> None:
    """Takers of each round come at the same time; between rounds it passes."""
    connection, passed, places, period = new_id(), 0.0, [], 30.0
    for seconds, patience in rounds:
        await skip(connection, seconds)
        passed += seconds
        waits = await asyncio.gather(*(store.take_place(connection, count, period, within) for within in patience))
        places += [passed + wait for wait, within in zip(waits, patience, strict=True) if wait <= within]
    assert places
    places.sort()
    assert all(b - a >= period - _REAL for a, b in zip(places, places[count:], strict=False)), places


async def test_a_clock_that_is_set_back_neither_frees_nor_stalls(
    postgres_store: PostgresStore, database_url: str
) -> None:
    connection = new_id()
    for _ in range(2):
        assert await postgres_store.take_place(connection, 2, 60, 0) == 0
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(_AGE, [-3600, connection])
    assert 60 - _REAL < await postgres_store.take_place(connection, 2, 60, 0) <= 60
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(_AGE, [60, connection])
    assert await postgres_store.take_place(connection, 2, 60, 0) == 0


async def test_pools_take_in_turn(postgres_store: PostgresStore, database_url: str) -> None:
    """Two pools at once: each place is given away once."""
    connection, workspace = new_id(), postgres_store.workspace_id
    async with make_pool(database_url, "treadle", workspace, min_size=4, max_size=4) as pool:
        stores = [postgres_store, PostgresStore(pool, workspace)]
        takes = (stores[number % 2].take_place(connection, 4, 100, 1e9) for number in range(40))
        waits = sorted(await asyncio.gather(*takes))
    for turn in range(10):
        assert all(100 * turn - _REAL < wait <= 100 * turn for wait in waits[4 * turn : 4 * turn + 4]), waits


async def test_a_held_connection_holds_up_no_other(postgres_store: PostgresStore, database_url: str) -> None:
    """And who waited for it is told the seconds from then on, not from when it asked."""
    one, other = new_id(), new_id()
    for each in (one, other):
        await postgres_store.take_place(each, 1, 60, 0)
    with psycopg.connect(database_url) as owner:
        owner.execute("select from treadle.connection_rates where connection_id = %s for update", [one])
        blocked = asyncio.create_task(postgres_store.take_place(one, 1, 60, 0))
        async with asyncio.timeout(5):
            assert await postgres_store.take_place(other, 2, 60, 0) == 0
        await asyncio.sleep(0.3)
        assert not blocked.done()
        owner.rollback()
    assert 60 - 10 * _REAL < await blocked <= 60 - 0.3
