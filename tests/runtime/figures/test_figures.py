"""What happened is counted once, whoever counts and whenever commits end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.store.conftest import own_workspace
from tests.runtime.store.making import LEASE, arrival, done, intent, move

from treadle.dsl.catalogue import Cost
from treadle.runtime.figures.adding import GROWTH, Adding, bucket_of, bucket_seconds
from treadle.runtime.figures.reading import MOST_POINTS, Point, Reading, SpanInvalid, percentile, span
from treadle.runtime.ids import new_id
from treadle.runtime.livefigures import Figures
from treadle.runtime.ports import End
from treadle.runtime.store.postgres import PostgresStore

WORKER = new_id()
NOW = datetime(2026, 3, 29, 12, 34, 56, tzinfo=UTC)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[PostgresStore]:
    """A store over a workspace that nothing else uses, whose changes are counted from now on."""
    async with own_workspace(database_url) as opened:
        assert not await Adding(opened._pool, opened.workspace_id).add()
        yield opened


async def one_call(store: PostgresStore, what: str, output: bytes) -> None:
    """An event whose run calls this and gets that."""
    await store.accept([], [arrival()])
    (claimed,) = await store.claim(WORKER, 1, LEASE)
    step = intent(what=what)
    await store.commit([move(claimed, steps=(step,))])
    await store.commit([move(claimed, End("done"), outcome=done(step, output=output))])


async def one_run(store: PostgresStore, outcome: Literal["done", "failed"], cost: str | None = None) -> None:
    """An event whose run makes one call."""
    await store.accept([], [arrival()])
    (claimed,) = await store.claim(WORKER, 1, LEASE)
    step = intent(what="ask Judge" if cost else "t.act")
    await store.commit([move(claimed, steps=(step,))])
    output = f'{{"cost": {cost}}}'.encode() if cost else b"[1]"
    await store.commit([move(claimed, End(outcome), outcome=done(step, output=output))])


async def test_what_steps_cost_is_added_up_by_the_hour(store: PostgresStore) -> None:
    costs = {"t.act": Cost(field="0.bill", currency="eur"), "t.fixed": Cost(amount=Decimal("0.10")), "t.free": None}
    declared = {what: each for what, each in costs.items() if each is not None}
    adding = Adding(store._pool, store.workspace_id, declared)
    for what, output in (
        ("t.fixed", b'"x"'), ("t.fixed", b"null"), ("t.free", b'{"cost": 9}'), ("ask Judge", b'{"cost": 0.25}'),
        ("ask Judge", b'{"cost": "much"}'), ("t.act", b'{"bill": 3}'),
    ):  # fmt: skip
        await one_call(store, what, output)
        await adding.add(young=0)
    found = await store._ask(b"select what, currency, calls, amount from spend order by what")
    assert found == [
        ("ask Judge", "usd", 2, Decimal("0.25")), ("t.act", "eur", 1, None), ("t.fixed", "usd", 2, Decimal("0.20")),
    ]  # fmt: skip
    assert (await total(store)).spend == pytest.approx(0.45)
    charged = await Figures(store._pool, store.workspace_id, declared).charged(await store.now())
    assert {(each.what, each.agent, each.amount) for each in charged} == {
        ("ask Judge", "Judge", Decimal("0.25")), ("t.act", None, None), ("t.fixed", None, Decimal("0.20")),
    }  # fmt: skip


async def total(store: PostgresStore) -> Point:
    """Everything of today as one point."""
    now = await store.now()
    reading = Reading(store._pool, store.workspace_id)
    (point,) = await reading.points(span(now - timedelta(hours=1), now + timedelta(hours=1), 86400, now))
    return point


async def test_events_and_runs_are_counted_with_their_durations(store: PostgresStore) -> None:
    await one_run(store, "done")
    await one_run(store, "done", cost="0.25")
    await one_run(store, "failed")
    await store.accept([], [arrival()])
    assert await Adding(store._pool, store.workspace_id).add(young=0)
    point = await total(store)
    assert (point.events, point.runs) == (4, {"done": 2, "failed": 1})
    assert point.spend == 0.25
    assert point.start.p50 is not None
    assert point.busy.p95 is not None
    assert point.most_due == 1


async def test_nothing_is_counted_twice_and_nothing_passed_over(store: PostgresStore) -> None:
    """Several add at once, while others write."""
    adding = Adding(store._pool, store.workspace_id)

    async def count(over: asyncio.Event) -> None:
        while not over.is_set():
            await adding.add(young=0)

    over = asyncio.Event()
    counters = [asyncio.create_task(count(over)) for _ in range(2)]
    for _ in range(30):
        await asyncio.gather(*(store.accept([], [arrival()]) for _ in range(2)))
    over.set()
    await asyncio.gather(*counters)
    await adding.add(young=0)
    assert (await total(store)).events == 60


async def test_it_is_added_to_once_in_a_while(store: PostgresStore) -> None:
    adding = Adding(store._pool, store.workspace_id)
    assert await adding.add()
    assert not await adding.add()


async def test_a_commit_that_ends_after_the_count_comes_with_the_next(store: PostgresStore) -> None:
    adding = Adding(store._pool, store.workspace_id)
    async with store._pool.connection() as connection, connection.transaction():
        await connection.execute("insert into changes (events) values (array[gen_random_uuid()])")
        await store.accept([], [arrival()])
        await adding.add(young=0)
        assert (await total(store)).events == 1
    await adding.add(young=0)
    assert (await total(store)).events == 2


async def test_upkeep_counts_and_lets_go_of_what_is_old(store: PostgresStore) -> None:
    await store.accept([], [arrival()])
    async with store._pool.connection() as connection:
        await connection.execute("insert into changes (at, events) values (now() - interval '1 day', '{}')")
        await connection.execute("update figures_read set added_at = now() - interval '1 hour'")
        await store.sweep(30)
        left = await connection.execute("select at > now() - interval '1 hour' from changes")
        assert await left.fetchall() == [(True,)]
    assert (await total(store)).events == 1


@given(st.floats(min_value=0.001, max_value=1e7))
def test_a_duration_lies_near_the_middle_of_its_bucket(seconds: float) -> None:
    assert abs(math.log(bucket_seconds(bucket_of(seconds)) / seconds)) <= math.log(GROWTH) * 0.51


def test_percentiles() -> None:
    assert percentile({}, 0.5) is None
    assert percentile({3: 94, 10: 6}, 0.5) == round(bucket_seconds(3), 6)
    assert percentile({3: 94, 10: 6}, 0.95) == round(bucket_seconds(10), 6)


def test_a_picture_has_even_steps() -> None:
    day = span(None, None, None, NOW)
    assert (day.since, day.until, day.step) == (datetime(2026, 3, 28, 12, 30, tzinfo=UTC), NOW, 900)
    assert span(NOW - timedelta(hours=2), NOW, None, NOW).step == 60
    assert span(NOW - timedelta(days=30), NOW, 7200, NOW).step == 21600
    assert span(NOW - timedelta(days=5), NOW - timedelta(days=4), 60, NOW).step == 900  # minutes are not kept so long
    with pytest.raises(SpanInvalid):
        span(NOW, NOW, None, NOW)
    with pytest.raises(SpanInvalid, match=str(MOST_POINTS)):
        span(NOW - timedelta(hours=20), NOW, 60, NOW)
