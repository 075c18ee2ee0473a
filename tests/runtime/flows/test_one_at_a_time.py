"""`one at a time` and `cancel` on the real store: two workers at once, and workers that die with the turn in hand."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from conftest import QUICK
from mortals import dies
from msgspec.structs import replace

RULE = """use acme

rule "R"
  when acme.order_placed as order
  one at a time per order.total else {otherwise}
  do
    acme.remark(order: order.id, text: "begin")
    wait {pause}
    acme.remark(order: order.id, text: "end")
"""
SEQUENCE = """use acme

rule "R"
  when acme.order_placed as order
  do
    start "S"(order: order.id)

rule "C"
  when acme.order_changed as order
  do
    cancel "S" for order.id

sequence "S"(order: int)
  one at a time per order else queue
  do
    acme.remark(order: order, text: "begin")
    wait 1 day
"""

STARTS_AND_CANCELS = """start "S"(order: order.id)
    acme.tag(order: order.id, tag: "x")
    cancel "S" for order.id"""


async def publish(shop, text):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


def said(shop):
    return [(int(each.path.split("/")[2]), each.data["text"]) for each in shop.sink.writes()]


async def test_a_queue_goes_in_the_order_of_the_events_over_two_workers(shop):
    await publish(shop, RULE.format(otherwise="queue", pause="0.02 s"))
    for order in range(8):
        await shop.placed(order)
    async with shop.working(), shop.working():
        rows = await shop.ended(8, within=20)
    assert {row.status for row in rows} == {"done"}
    assert said(shop) == [(order, text) for order in range(8) for text in ("begin", "end")]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_decision", "after_outcome"])
async def test_a_queue_goes_on_when_the_worker_of_its_head_dies(shop, settings, point):
    await publish(shop, RULE.format(otherwise="queue", pause="0.02 s"))
    for order in range(3):
        await shop.placed(order)
    await dies(settings, point)
    async with shop.working(), shop.working():
        rows = await shop.ended(3, within=20)
    assert {row.status for row in rows} == {"done"}
    assert said(shop) == [(order, text) for order in range(3) for text in ("begin", "end")]


async def test_skip_lets_one_of_a_key_go(shop):
    await publish(shop, RULE.format(otherwise="skip", pause="1 day"))
    async with shop.working(), shop.working():
        for order in range(6):
            await shop.placed(order)
        rows = await shop.until(lambda: over(shop, 5))
        await shop.until(lambda: said(shop))
    assert len(said(shop)) == 1
    assert {(row.status, row.error.code) for row in rows} == {("suppressed", "live_run")}


async def over(shop, count):
    rows = [row for row in await shop.runs(status="suppressed") if row.ended_at is not None]
    return rows if len(rows) == count else None


async def test_a_replaced_run_ends_before_the_new_one_acts(shop):
    ends = []

    async def slowly(seen, before):
        await asyncio.sleep(0.3)
        ends.append(seen.path)
        return web.json_response({"id": 7})

    shop.sink.answers["POST /orders/0/"] = slowly
    await publish(shop, RULE.format(otherwise="replace", pause="0.02 s"))
    async with shop.working(), shop.working():
        await shop.placed(0)
        await shop.until(lambda: said(shop))
        for order in (1, 2):
            await shop.placed(order)
        rows = await shop.ended(3)
    fates = {row.id: (row.status, row.error and row.error.code) for row in rows}
    assert [fates[each] for each in sorted(fates)] == [("stopped", "replaced"), ("stopped", "replaced"), ("done", None)]
    assert said(shop) == [(0, "begin"), (2, "begin"), (2, "end")]
    assert ends == ["/orders/0/remarks"]


async def test_cancel_ends_the_run_that_has_the_turn_and_those_behind_it(shop):
    await publish(shop, SEQUENCE)
    async with shop.working(), shop.working():
        for order in (1, 1, 2):
            await shop.placed(order, version=f"v{len(await shop.runs())}")
        await shop.until(lambda: len(said(shop)) == 2)
        await shop.deliver({"kind": "changed", "id": 1, "version": "v9"})
        rows = await shop.ended(2, rule="S")
    assert {(row.status, row.error.code) for row in rows if row.error} == {("stopped", "cancelled")}
    assert sorted(said(shop)) == [(1, "begin"), (2, "begin")]


async def test_cancel_reaches_a_run_that_nobody_has_claimed_yet(shop):
    """The one worker has room for one run: it comes to the sequence when the rule is over."""
    await publish(shop, SEQUENCE.replace('start "S"(order: order.id)', STARTS_AND_CANCELS))
    async with shop.working(replace(QUICK, in_flight=1, claim=1)):
        await shop.placed(1)
        rows = await shop.ended(2)
    assert [(row.rule, row.status) for row in rows] == [("S", "stopped"), ("R", "done")]
    assert [each.path for each in shop.sink.writes()] == ["/orders/1/tags/x"]
