"""Runs that wait for an event, on the real store and real workers: nobody at work, deaths, and ties with the clock."""

from __future__ import annotations

import asyncio

import pytest
from conftest import QUICK
from mortals import dies
from msgspec.structs import replace

from treadle.runtime.machine.waits import EARLY

RULE = """use acme

rule "R"
  when acme.order_placed as order
  do
    acme.remark(order: order.id, text: "before")
    wait for acme.order_changed as change where change.id == order.id up to {up_to}
    on timeout
      acme.remark(order: order.id, text: "late")
      stop
    acme.remark(order: order.id, text: change.version ?? "none")
"""


async def publish(shop, up_to="1 day"):
    compiled = await shop.engine.publish({"a.rule": RULE.replace("{up_to}", up_to)})
    assert not compiled.errors, compiled.errors


async def resting(shop):
    """The run, once it waits and nobody holds it."""

    async def look():
        rows = await shop.runs(status="waiting")
        return rows if rows and (await shop.engine.store.load()).claimed == 0 else None

    (row,) = await shop.until(look)
    return row


async def changed(shop, id=1, version="v2"):
    await shop.deliver({"kind": "changed", "id": id, "version": version})


def said(shop):
    return [each.data["text"] for each in shop.sink.writes()]


async def test_an_event_that_comes_while_nobody_works_counts(shop):
    await publish(shop)
    await shop.placed(1)
    async with shop.working():
        await resting(shop)
    await changed(shop, id=2, version="of another")
    await changed(shop)
    await changed(shop, version="v3")
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, said(shop)) == ("done", ["before", "v2"])


@pytest.mark.slow
async def test_a_worker_dies_once_the_wait_is_written_and_the_time_stays_what_it_was(shop, settings):
    await publish(shop, "3 s")
    await shop.placed(1)
    await dies(settings, "after_outcome")
    (left,) = await shop.runs()
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (left.status, row.status, said(shop)) == ("waiting", "done", ["before", "late"])
    steps = await shop.engine.store.steps(row.id)
    over = next(each for each in steps if each.what == "wait_for")
    assert over.started_at >= left.due_at - EARLY


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_intent", "after_outcome"])
async def test_a_worker_dies_with_the_event_in_its_hands(shop, settings, point):
    await publish(shop)
    await shop.placed(1)
    async with shop.working():
        await resting(shop)
    await changed(shop)
    await dies(settings, point)
    async with shop.working():
        (row,) = await shop.ended(1)
    expected = {"after_claim": "done", "after_intent": "unknown", "after_outcome": "done"}[point]
    assert row.status == expected
    assert said(shop) == (["before"] if expected == "unknown" else ["before", "v2"])
    whats = [what for what, _ in await shop.history(row)]
    assert whats.count("wait_for") == 1


async def test_an_event_and_the_end_of_the_time_give_one_outcome(shop):
    """The event comes when the time is over and nobody has looked yet: what came is heard first."""
    await publish(shop, "0.2 s")
    await shop.placed(1)
    async with shop.working():
        await resting(shop)
    await asyncio.sleep(0.3)
    await changed(shop)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, said(shop)) == ("done", ["before", "v2"])


async def test_events_at_the_very_end_of_the_time_give_one_outcome_each(shop):
    await publish(shop, "0.3 s")
    count = 12
    async with shop.working(replace(QUICK, linger=0.01)):
        for order in range(count):
            await shop.placed(order)
        for order in range(count):
            await changed(shop, order)
            await asyncio.sleep(0.02)
        rows = await shop.ended(count)
    for row in rows:
        whats = [what for what, _ in await shop.history(row) if what != "stop"]
        assert (row.status, whats) == ("done", ["acme.remark", "wait_for", "acme.remark"])
    assert len(said(shop)) == 2 * count
