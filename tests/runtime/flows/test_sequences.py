"""Runs that start, wait for and end other runs, and events of one's own, with workers that die between the commits."""

from __future__ import annotations

import pytest
from mortals import dies

from treadle.dsl import facade
from treadle.runtime.ports import EventFilter

HEAD = 'use acme\n\nrule "R"\n  when acme.order_placed as order\n  do\n'
RUNS = f"""{HEAD}
    try
      sum = run "Price"(order: order.id)
      acme.remark(order: order.id, text: "costs {{sum}}")
    on error as e
      acme.remark(order: order.id, text: "no price: {{e.message}}")

sequence "Price"(order: int)
  do
    acme.tag(order: order, tag: "priced")
    if order == 13
      fail "unlucky"
    wait 0.1 s
    return order * 2
"""


async def publish(shop, text):
    compiled = facade.compile_files({"a.rule": text}, await shop.engine.world())
    assert not compiled.errors, compiled.errors
    await shop.publish(*compiled.partial)


def said(shop):
    return [each.data["text"] for each in shop.sink.writes() if "text" in each.data]


async def fates(shop, count):
    return {row.rule: row.status for row in await shop.ended(count)}


# --- run, return ----------------------------------------------------------------------------------------------------


async def test_a_run_goes_on_with_what_the_sequence_returned_or_why_it_failed(shop):
    await publish(shop, RUNS)
    for order in (4, 13):
        await shop.placed(order)
    async with shop.working():
        rows = await shop.ended(4)
    assert sorted((row.rule, row.status) for row in rows) == [
        ("Price", "done"),
        ("Price", "failed"),
        ("R", "done"),
        ("R", "done"),
    ]
    assert sorted(said(shop)) == ["costs 8", "no price: unlucky"]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_intent", "after_outcome"])
async def test_a_worker_dies_at_a_sequence_that_another_run_waits_for(shop, settings, point):
    await publish(shop, RUNS)
    await shop.placed(4)
    await dies(settings, point)
    async with shop.working():
        assert await fates(shop, 2) == {"R": "done", "Price": "done"}
    assert said(shop) == ["costs 8"]
    tags = {each.effect_id for each in shop.sink.writes() if each.path.endswith("/priced")}
    assert (len(tags), len(await shop.runs())) == (1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_outcome"])
async def test_a_return_that_comes_while_nobody_works_counts(shop, settings, point):
    """The next worker dies too, with the return in its hands."""
    text = RUNS.replace("    wait 0.1 s\n", "")
    await publish(shop, text)
    await shop.placed(4)
    await dies(settings, "after_outcome")
    assert {row.rule: row.status for row in await shop.runs()} == {"R": "waiting", "Price": "done"}
    await dies(settings, point)
    async with shop.working():
        assert await fates(shop, 2) == {"R": "done", "Price": "done"}
    assert said(shop) == ["costs 8"]


# --- cancel ---------------------------------------------------------------------------------------------------------

CANCELS = f"""{HEAD}
    start "Long"(order: order.id)

rule "Enough"
  when acme.order_changed as order
  do
    cancel "Long" for order.id

sequence "Long"(order: int)
  one at a time per order else skip
  do
    wait 1 day
    acme.remark(order: order, text: "late")
"""


@pytest.mark.slow
async def test_a_worker_dies_before_and_after_it_cancelled_a_run(shop, settings):
    await publish(shop, CANCELS)
    await shop.placed(1)
    await shop.placed(2)
    async with shop.working():
        await waiting(shop, 2)
    await shop.deliver({"kind": "changed", "id": 1, "version": "v"})
    await dies(settings, "after_claim")
    async with shop.working():
        rows = await shop.ended(4)
    stopped = [row for row in rows if row.rule == "Long"]
    assert [(row.status, row.error.code) for row in stopped] == [("stopped", "cancelled")]
    assert len(await shop.runs(status="waiting")) == 1
    assert said(shop) == []


async def waiting(shop, count):
    async def look():
        return len(await shop.runs(status="waiting")) == count

    await shop.until(look)


# --- emit -----------------------------------------------------------------------------------------------------------

EMITS = f"""{HEAD}
    wait for packed as seen where seen.order == order.id up to 1 day
    on timeout
      stop
    acme.remark(order: order.id, text: seen.box)

rule "Pack"
  when acme.order_changed as order
  do
    acme.tag(order: order.id, tag: "packed")
    emit packed {{order: order.id, box: "B{{order.id}}"}}

event packed
  order: int
  box: text
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_intent", "after_outcome"])
async def test_a_worker_dies_around_the_commit_that_emits(shop, settings, point):
    await publish(shop, EMITS)
    await shop.placed(1)
    await shop.placed(2)
    async with shop.working():
        await waiting(shop, 2)
    await shop.deliver({"kind": "changed", "id": 1, "version": "v"})
    await dies(settings, point)
    async with shop.working():
        assert await fates(shop, 2) == {"R": "done", "Pack": "done"}
    assert said(shop) == ["B1"]
    emitted = await shop.engine.store.events(EventFilter(trigger="event.packed"))
    assert len(emitted) == 1
    assert len(await shop.runs(status="waiting")) == 1
