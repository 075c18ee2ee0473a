"""A run that kills, blocks or chokes its worker: it is put aside with the reason, and its neighbours are unharmed."""

from __future__ import annotations

import asyncio
from collections import Counter

import graphs as g
import pytest
from mortals import mortal

from treadle.runtime.ids import new_id
from treadle.runtime.stuck import EXIT

TAGS = g.rule("Tags", g.call("s1", "tag", order=g.field("id"), tag="gold"))


def harming(how, **more):
    return g.rule("Harms", g.call("s1", "harm", how=how, **more), where=(g.term(g.field("id"), "==", 1, "id == 1"),))


async def dies(shop, times):
    """A worker takes all that is due and says no more, so many times."""
    store = shop.engine.store
    for _ in range(times):
        await shop.until(lambda: store.claim(new_id(), 100, 0.05))


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [("exit", 9), ("block", EXIT)])
async def test_a_run_that_takes_its_worker_with_it_is_put_aside_alone(shop, settings, how, code):
    await shop.publish(TAGS, harming(how, timeout=0.5))
    for order in range(1, 6):
        await shop.placed(order)
    await dies(shop, 2)  # with the neighbours beside it, which are suspects from now on as it is
    harmed = await mortal(settings)
    assert await asyncio.wait_for(harmed.wait(), 40) == code
    async with shop.working():
        rows = await shop.ended(6, within=20.0)
    assert Counter((row.rule, row.status) for row in rows) == {("Tags", "done"): 5, ("Harms", "unknown"): 1}
    assert len(shop.sink.writes()) == 5
    harms = next(row for row in rows if row.rule == "Harms")
    (step,) = await shop.engine.store.steps(harms.id)
    assert step.error.code == "crashed"
    assert "died 3 times" in step.error.message


@pytest.mark.parametrize("how", ["raise", "leave", "cancel"])
async def test_whatever_a_plugin_raises_is_a_failure_of_its_step(shop, how):
    await shop.publish(TAGS, harming(how))
    await shop.placed(1)
    async with shop.working():
        rows = await shop.ended(2)
    assert {row.rule: row.status for row in rows} == {"Tags": "done", "Harms": "failed"}
    harms = next(row for row in rows if row.rule == "Harms")
    assert harms.error.code == "plugin_error"


async def test_suspects_are_driven_one_at_a_time_and_nothing_beside_them(shop):
    together: list[int] = []
    under_way = 0

    async def slowly(seen, before):
        from aiohttp import web

        nonlocal under_way
        under_way += 1
        together.append(under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return web.json_response({"id": 7})

    shop.sink.answers["PUT"] = slowly
    await shop.publish(TAGS)
    for order in range(1, 5):
        await shop.placed(order)
    await dies(shop, 2)
    await asyncio.sleep(0.1)
    async with shop.working():
        rows = await shop.ended(4)
    assert {row.status for row in rows} == {"done"}
    assert together == [1, 1, 1, 1]
