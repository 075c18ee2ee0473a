"""The bound on a connection's requests over all processes, and what it costs those who wait."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Postgres

from treadle.runtime.database import make_pool
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.net.rates import SLACK, Rate
from treadle.runtime.sharedrates import SharedRates
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.postgres import PostgresStore
from treadle.sdk.failures import NotSent

_KEY = str(new_id())
# A process that takes as fast as it can and says between which instants, by the machine's clock, each place lies.
_HAMMER = """
import asyncio, sys, time
from uuid import UUID
from treadle.runtime.database import make_pool
from treadle.runtime.net.rates import Rate
from treadle.runtime.sharedrates import SharedRates
from treadle.runtime.store.postgres import PostgresStore

async def main(url, workspace, key, rate):
    async with make_pool(url, "treadle", UUID(workspace), min_size=1, max_size=2) as pool:
        rates = SharedRates(PostgresStore(pool, UUID(workspace)))
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(30):
            before = time.monotonic()
            wait = await rates.take(key, Rate.parse(rate), 1e9)
            print(before + wait, time.monotonic() + wait)

asyncio.run(main(*sys.argv[1:]))
"""


class Time:
    """One clock for the store and its processes, in whole milliseconds."""

    now = 0

    def instant(self) -> datetime:
        return datetime(2026, 3, 29, tzinfo=UTC) + timedelta(milliseconds=self.now)

    def seconds(self) -> float:
        return self.now / 1000


class Counted(MemoryStore):
    """Counts what it is asked for places, and how many ask at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = self.at_once = self.most = 0

    async def take_place(self, connection_id: UUID, count: int, period: float, within: float) -> float:
        self.asked += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return await super().take_place(connection_id, count, period, within)


async def test_a_period_is_prolonged_by_the_slack() -> None:
    rates = SharedRates(MemoryStore())
    assert await rates.take(_KEY, Rate(1, 60.0), within=0) == 0
    assert 60 < await rates.take(_KEY, Rate(1, 60.0), within=0) <= 60 + SLACK


async def test_a_used_up_rate_is_not_asked_for_again() -> None:
    store = Counted()
    rates, rate = SharedRates(store), Rate(2, 60.0)
    waits = await asyncio.gather(*(rates.take(_KEY, rate, within=5) for _ in range(100)))
    assert sum(wait <= 5 for wait in waits) == 2
    assert all(59 < wait <= 60 + SLACK for wait in waits if wait > 5)
    assert (store.asked, store.most) == (3, 1)
    assert await rates.take(_KEY, rate, within=100) <= 60 + SLACK
    assert store.asked == 4


async def test_a_used_up_rate_is_asked_for_when_it_may_be_free() -> None:
    rates, rate = SharedRates(MemoryStore()), Rate(1, 0.1)
    assert await rates.take(_KEY, rate, within=0) == 0
    wait = await rates.take(_KEY, rate, within=0)
    assert 0 < wait <= 0.1 + SLACK
    await asyncio.sleep(wait + 0.01)
    assert await rates.take(_KEY, rate, within=0) == 0


async def test_connections_do_not_take_turns_with_each_other() -> None:
    store = Counted()
    await asyncio.gather(*(SharedRates(store).take(str(new_id()), Rate(1, 60.0), within=0) for _ in range(5)))
    rates = SharedRates(store)
    waits = await asyncio.gather(*(rates.take(str(new_id()), Rate(1, 60.0), within=0) for _ in range(5)))
    assert waits == [0] * 5
    assert store.most == 5


@given(
    count=st.integers(1, 4),
    calls=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 700), st.sampled_from([0.0, 0.5, 3.0])), max_size=40),
)
async def test_a_bound_that_is_remembered_loses_and_frees_no_place(
    count: int, calls: list[tuple[int, int, float]]
) -> None:
    """Three processes, some of which know less than the store: each takes exactly what one that always asks would."""
    clock, rate = Time(), Rate(count, 0.99977)  # no number of these periods is a whole number of milliseconds
    store, plain = (MemoryStore(clock.instant) for _ in range(2))
    processes = [SharedRates(store, clock.seconds) for _ in range(3)]
    for process, milliseconds, within in calls:
        clock.now += milliseconds
        wait = await processes[process].take(_KEY, rate, within)
        expected = await plain.take_place(UUID(_KEY), count, rate.period + SLACK, within)
        assert (wait <= within) == (expected <= within)
        assert wait == expected if wait <= within else wait <= expected + 1e-5


async def test_processes_share_one_rate(postgres: Postgres) -> None:
    """Two of them take as fast as they can: 60 places, and no period holds more than 4."""
    name, key, rate = postgres.fresh(), str(new_id()), Rate(4, 1.0)
    command = [sys.executable, "-c", _HAMMER, postgres.url(name), str(DEFAULT_WORKSPACE), key, "4/s"]
    started = [await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE) for _ in range(2)]
    for each in started:
        assert each.stdout is not None
        assert await each.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(each.communicate(b"go\n") for each in started))
    postgres.drop(name)
    lines = [line.split() for out, _ in outputs for line in out.splitlines()]
    places = sorted((float(latest), float(earliest)) for earliest, latest in lines)
    assert len(places) == 60
    for (_, earliest), (latest, _) in zip(places, places[rate.count :], strict=False):
        assert latest - earliest >= rate.period


async def test_without_the_database_nothing_is_sent(postgres: Postgres) -> None:
    name = postgres.fresh()
    async with make_pool(postgres.url(name), "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=1) as pool:
        rates = SharedRates(PostgresStore(pool, DEFAULT_WORKSPACE))
        assert await rates.take(_KEY, Rate(7, 1.0), within=0) == 0
        postgres.drop(name)
        with pytest.raises(NotSent) as caught:
            await rates.take(_KEY, Rate(7, 1.0), within=0)
    assert caught.value.code == "database"
    assert "nothing was sent" in caught.value.message
