"""`at most`, `stop after` and `limit` on the real store: two workers at once, and workers that die before they say what
was decided.
"""

from __future__ import annotations

from collections import Counter

import pytest
from aiohttp import web
from mortals import dies

AT_MOST = """use acme

rule "R"
  when acme.order_placed as order
  at most 3 per 1 hour per order.total
  do
    acme.remark(order: order.id, text: "hi")
"""
STOP_AFTER = """use acme

rule "Low"
  when acme.order_placed as order
  do
    acme.remark(order: order.id, text: "low")

rule "High"
  when acme.order_placed as order
  once per order.total
  priority 9
  stop after
  do
    acme.remark(order: order.id, text: "high")
"""
LIMITED = """use acme

limit "calm" at most 2 messages per 1 day per contact else {otherwise}
limit "few" at most 5 calls of acme per 1 day else {otherwise}

rule "R"
  when acme.order_placed as order
  do
    acme.notify(contact_id: 1, text: "hi {{order.id}}")

rule "Q"
  when acme.order_placed as order
  do
    acme.tag(order: order.id, tag: "x")
"""

PAID = """use acme

limit "purse" at most 1 usd spend per 1 day else skip

rule "Appraise"
  when acme.order_placed as order
  do
    acme.appraise(order: order.id)

rule "Insure"
  when acme.order_placed as order
  do
    acme.insure(order: order.id)
"""


async def publish(shop, text):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def fates(shop, count, **wanted):
    """How so many runs ended, suppressed ones too."""

    async def look():
        rows = {row.id: row for status in (None, "suppressed") for row in await shop.runs(status=status, **wanted)}
        return rows if len([row for row in rows.values() if row.ended_at is not None]) == count else None

    return Counter(row.status for row in (await shop.until(look, 20)).values())


def said(shop):
    return Counter(each.data["text"] for each in shop.sink.writes() if "text" in each.data)


async def test_a_throttle_lets_so_many_fire_over_two_workers(shop):
    await publish(shop, AT_MOST)
    for order in range(12):
        await shop.placed(order)
    async with shop.working(), shop.working():
        assert await fates(shop, 12) == {"done": 3, "suppressed": 9}
    assert len(shop.sink.writes()) == 3


@pytest.mark.slow
async def test_a_throttle_counts_a_run_once_whose_worker_dies_before_it_says_so(shop, settings):
    await publish(shop, AT_MOST)
    for order in range(6):
        await shop.placed(order)
    await dies(settings, "after_decision")
    async with shop.working(), shop.working():
        assert await fates(shop, 6) == {"done": 3, "suppressed": 3}
    assert len(shop.sink.writes()) == 3


@pytest.mark.slow
async def test_stop_after_waits_for_what_becomes_of_the_rule_before_it(shop, settings):
    """The first fires; the second has fired for the key already, so the rule behind it does."""
    await publish(shop, STOP_AFTER)
    await shop.placed(1)
    await dies(settings, "after_decision")
    async with shop.working(), shop.working():
        assert await fates(shop, 2) == {"done": 1, "suppressed": 1}
        await shop.placed(2)
        assert await fates(shop, 4) == {"done": 2, "suppressed": 2}
    assert said(shop) == {"high": 1, "low": 1}
    (behind,) = await shop.runs(rule="Low", status="suppressed")
    assert behind.error.code == "stop_after"


async def test_a_limit_holds_over_two_workers(shop):
    await publish(shop, LIMITED.format(otherwise="skip"))
    for order in range(8):
        await shop.placed(order)
    async with shop.working(), shop.working():
        assert await fates(shop, 16) == {"done": 16}
    sent = Counter(each.path.split("/")[1] for each in shop.sink.writes())
    assert sent["contacts"] <= 2
    assert sum(sent.values()) == 5


async def test_what_calls_cost_counts_where_money_is_limited(shop):
    async def appraised(_, __):
        return web.json_response({"price": "0.60"})

    shop.sink.answers["POST /orders"] = appraised
    await publish(shop, PAID)
    async with shop.working(), shop.working():
        for order in range(3):
            await shop.placed(order)
            rows = await shop.ended(2 * order + 2)
    # Twice 0.60 is more than a dollar, and known to be only then.
    assert [each.path for each in shop.sink.writes()] == ["/orders/0/appraisals", "/orders/1/appraisals"]
    appraisals = [(await shop.history(row))[0] for row in rows if row.rule == "Appraise"]
    assert appraisals == [("acme.appraise", "skipped"), ("acme.appraise", "done"), ("acme.appraise", "done")]
    assert {row.error.code for row in rows if row.rule == "Insure"} == {"budget"}


@pytest.mark.slow
async def test_a_limit_counts_a_call_once_whose_worker_dies_before_it_is_sent(shop, settings):
    await publish(shop, LIMITED.format(otherwise="wait"))
    for order in range(4):
        await shop.placed(order)
    await dies(settings, "after_decision")
    async with shop.working(), shop.working():
        await shop.until(lambda: len(shop.sink.writes()) == 5, 20)
        await shop.until(lambda: rest(shop))
    sent = Counter(each.path.split("/")[1] for each in shop.sink.writes())
    assert (sent["contacts"] <= 2, sum(sent.values())) == (True, 5)


async def rest(shop):
    """Whether everybody ended or waits for a place."""
    load = await shop.engine.store.load()
    return load.due == load.claimed == 0
