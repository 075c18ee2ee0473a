"""Lists of starts with real workers: each row once, whoever dies; at the pace; held while the sequence is not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from mortals import dies

from treadle.runtime.bulk import at_once, planned_next
from treadle.runtime.bulkrecords import BATCH, BulkBatch, NewBulk
from treadle.runtime.ids import new_id

FILE = """use acme

sequence "Tag"(order: int)
  do
    acme.tag(order: order, tag: "x")
"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def shop(shop):
    assert not (await shop.engine.publish({"a.rule": FILE})).errors
    return shop


def rows(count: int) -> tuple[bytes, ...]:
    return tuple(b'{"order": %d}' % number for number in range(count))


async def begun(shop, count: int, per_minute: float = 60_000.0):
    new = NewBulk(id=new_id(), sequence="Tag", per_minute=per_minute, who="ana", rows=rows(count))
    return await shop.engine.store.begin_bulk(new)


async def orders(shop) -> list[int]:
    origins = [await shop.engine.store.origin(run.id) for run in await shop.runs(rule="Tag", limit=1000)]
    return sorted(msgspec.json.decode(each.args)["order"] for each in origins)


async def over(shop, id):
    async def look():
        row = await shop.engine.store.bulk(id)
        return row if row.state == "done" else None

    return await shop.until(look, within=20)


async def test_every_row_becomes_a_run_that_ends(shop):
    made = await begun(shop, 40)
    async with shop.working():
        await over(shop, made.id)
        await shop.ended(40)
    assert await orders(shop) == list(range(40))
    assert len(shop.sink.writes()) == 40


@pytest.mark.slow
async def test_every_row_starts_once_though_workers_are_killed_on_the_way(shop, settings):
    made = await begun(shop, 25, per_minute=600)
    for point in ("after_rows", "after_starts", "after_rows", "after_starts"):
        await dies(settings, point)
    row = await shop.engine.store.bulk(made.id)
    assert 20 <= row.started < 25
    async with shop.working(), shop.working():
        done = await over(shop, made.id)
        await shop.ended(25)
    assert (done.started, done.refused) == (25, 0)
    assert await orders(shop) == list(range(25))
    assert len({each.effect_id for each in shop.sink.writes()}) == 25


async def test_runs_stand_in_the_order_of_the_rows(shop):
    made = await begun(shop, 30)
    async with shop.working():
        await over(shop, made.id)
    ids = [(run.id, await shop.engine.store.origin(run.id)) for run in await shop.runs(rule="Tag", limit=100)]
    assert [msgspec.json.decode(each.args)["order"] for _, each in sorted(ids)] == list(range(30))
    assert {each.bulk for _, each in ids} == {made.id}


async def test_a_list_waits_while_its_sequence_is_not_live(shop):
    made = await begun(shop, 3)
    await shop.engine.publish({"a.rule": 'rule "Other"\n  when every day at 9:00\n  do\n    log "x"\n'})
    async with shop.working():

        async def held():
            return (await shop.engine.store.bulk(made.id)).held

        assert await shop.until(held) == 'there is no live sequence "Tag".'
    assert await orders(shop) == []


def batch(**given) -> BulkBatch:
    fixed = {"id": new_id(), "sequence": "S", "per_minute": 60.0, "first": 0, "rows": (), "planned_at": NOW, "now": NOW}
    return BulkBatch(**(fixed | given))


@pytest.mark.parametrize(("per_minute", "count"), [(1, 1), (0.5, 1), (60, 1), (600, 10), (60_000, BATCH)])
def test_as_many_start_together_as_the_pace_lets_start_in_a_second(per_minute, count):
    assert at_once(per_minute) == count


def test_the_pace_holds_over_what_was_missed():
    assert planned_next(batch(), 2) == NOW + timedelta(seconds=2)
    assert planned_next(batch(), 0) == NOW
    late = batch(now=NOW + timedelta(hours=1))
    assert planned_next(late, 1) == NOW + timedelta(hours=1)
