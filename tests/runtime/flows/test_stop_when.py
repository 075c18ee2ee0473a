"""`stop when` on the real store: wherever the run is, whoever dies, and without waiting for anybody's next look."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiohttp import web
from conftest import QUICK
from mortals import dies
from msgspec.structs import replace

RULE = """use acme

rule "R"
  when acme.order_placed as order
  stop when acme.order_changed as change where change.id == order.id
{clauses}  do
{steps}    acme.remark(order: order.id, text: "never")
"""
HOUR = datetime.now(UTC).hour
CLOSED = f"{(HOUR + 10) % 24:02}:00-{(HOUR + 11) % 24:02}:00"
RESTS = {
    "a wait": ("", "    wait 1 day\n"),
    "a wait for an event": ("", "    wait for acme.order_placed as other up to 1 day\n    on timeout\n      stop\n"),
    "an approval": ("", '    ok = approve "Sure?" by "boss" up to 1 day\n    on timeout\n      stop\n'),
    "a window": (f'  only during mon-sun {CLOSED} in "UTC"\n', ""),
}
ASLEEP = replace(QUICK, poll=60.0, awake=0.0)
"""A worker that looks only when it is told to."""


async def publish(shop, clauses="", steps=""):
    text = RULE.replace("{clauses}", clauses).replace("{steps}", steps)
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def resting(shop, count=1):
    async def look():
        load = await shop.engine.store.load()
        rows = [row for row in await shop.runs() if row.status in ("waiting", "matching")]
        return len(rows) == count and load.due == load.claimed == 0

    await shop.until(look)


async def changed(shop, id=1, version="v2"):
    await shop.deliver({"kind": "changed", "id": id, "version": version})


async def is_stopped(shop, count=1):
    rows = await shop.ended(count)
    assert {(row.status, row.error.code) for row in rows} == {("stopped", "stop_when")}


@pytest.mark.parametrize("rest", RESTS)
async def test_a_run_that_rests_ends_at_once(shop, rest):
    await publish(shop, *RESTS[rest])
    async with shop.working(ASLEEP):
        await shop.placed(1)
        await resting(shop)
        await changed(shop, id=2, version="of another")
        await changed(shop)
        await is_stopped(shop)
    assert shop.sink.writes() == []
    assert await shop.engine.store.approvals() == []


async def test_a_run_in_a_queue_ends_and_those_behind_it_go_on(shop):
    steps = '    acme.remark(order: order.id, text: "go")\n    wait 1 day\n'
    await publish(shop, "  one at a time else queue\n", steps)
    async with shop.working(), shop.working():
        for order in (1, 2, 3):
            await shop.placed(order)
        await resting(shop, 3)
        await changed(shop, id=2)
        await is_stopped(shop)
        await changed(shop, id=1)
        await shop.until(lambda: len(shop.sink.writes()) == 2)
    assert [each.path for each in shop.sink.writes()] == ["/orders/1/remarks", "/orders/3/remarks"]


async def test_a_run_that_is_being_driven_ends_before_its_next_step(shop):
    arrived = asyncio.Event()

    async def slowly(seen, before):
        await asyncio.wait_for(arrived.wait(), 5)
        return web.json_response({"id": 1})

    shop.sink.answers["PUT /orders/1/"] = slowly
    await publish(shop, steps='    acme.tag(order: order.id, tag: "x")\n')
    async with shop.working():
        await shop.placed(1)
        await shop.until(shop.sink.writes)
        await changed(shop)
        arrived.set()
        await is_stopped(shop)
    assert [each.method for each in shop.sink.writes()] == ["PUT"]
    (row,) = await shop.runs()
    assert {what for what, _ in await shop.history(row)} == {"acme.tag", "log"}


@pytest.mark.slow
async def test_an_event_from_before_the_first_look_counts_also_when_that_worker_died(shop, settings):
    await publish(shop)
    await shop.placed(1)
    await changed(shop)
    await dies(settings, "after_claim")
    async with shop.working():
        await is_stopped(shop)
    assert shop.sink.writes() == []


@pytest.mark.slow
async def test_a_worker_dies_with_the_event_in_its_hands(shop, settings):
    await publish(shop, *RESTS["a wait"])
    async with shop.working():
        await shop.placed(1)
        await resting(shop)
    await changed(shop)
    await dies(settings, "after_claim")
    async with shop.working():
        await is_stopped(shop)
    assert shop.sink.writes() == []
