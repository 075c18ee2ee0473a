"""Real worker processes that die, unasked, at each place where that matters, and another worker after them."""

from __future__ import annotations

import asyncio
import signal

import graphs as g
import pytest
from mortals import dies, mortal
from sink import never

from treadle.runtime.crashpoints import POINTS

pytestmark = pytest.mark.slow

RULES = (
    g.rule("again", g.call("s1", "tag", order=g.field("id"), tag="gold")),
    g.rule("once", g.call("s1", "remark", order=g.field("id"), text="hi", effect="blind")),
    g.rule("asked", g.call("s1", "ship", order=g.field("id"), effect="checkable", timeout=0.3)),
)
EXPECTED = {
    # what of (again, once, asked) is left in which status, and which may have been sent how often
    "after_claim": {"again": "done", "once": "done", "asked": "done"},
    "after_intent": {"again": "done", "once": "unknown", "asked": "done"},
    "after_send": {"again": "done", "once": "unknown", "asked": "done"},
    "after_outcome": {"again": "done", "once": "done", "asked": "done"},
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
async def test_a_worker_dies_and_another_goes_on(shop, settings, point, rule):
    shipped = set()

    async def ship(seen, before):
        from aiohttp import web

        shipped.add(seen.data["mark"])
        return web.json_response({"id": 1})

    async def find(seen, before):
        from aiohttp import web

        return web.json_response({"id": 1}, status=200 if seen.path.rsplit("/", 1)[1] in shipped else 404)

    shop.sink.answers |= {"POST /shipments": ship, "GET /shipments": find}
    await shop.publish(rule)
    await shop.placed(1)
    await dies(settings, point)
    sent_before = len(shop.sink.writes())
    async with shop.working():
        (row,) = await shop.ended(1, within=20)
    assert row.status == EXPECTED[point][rule.name]
    writes = shop.sink.writes()
    assert len({each.effect_id for each in writes}) <= 1
    if rule.name != "again":
        assert len(writes) <= 1
    if point in ("after_claim", "after_intent"):
        assert sent_before == 0
    (step,) = [step for step in await shop.engine.store.steps(row.id) if step.effect]
    assert step.state == row.status


async def test_a_worker_that_is_frozen_does_nothing_after_it_thaws(shop, settings):
    """Frozen in the middle of a call, its lease over, the run taken by another: it must write nothing any more."""
    gate = asyncio.Event()

    async def slow(seen, before):
        from aiohttp import web

        if before == 0:
            await gate.wait()
        return web.json_response({"id": 1, "version": f"v{before}"})

    shop.sink.answers["PUT"] = slow
    await shop.publish(
        g.rule(
            "r", g.call("s1", "tag", "s2", order=g.field("id"), tag="a", name="t"), g.log("s2", g.field("version", "t"))
        )
    )
    await shop.placed(1)
    frozen = await mortal(settings)
    try:
        await shop.until(lambda: shop.sink.seen, within=20)
        frozen.send_signal(signal.SIGSTOP)
        async with shop.working():
            (row,) = await shop.ended(1)
            gate.set()
            frozen.send_signal(signal.SIGCONT)
            await asyncio.sleep(1.0)
    finally:
        frozen.kill()
        await frozen.wait()
    assert row.status == "done"
    steps = await shop.engine.store.steps(row.id)
    assert [step.what for step in steps] == ["acme.tag", "log", "log"]
    assert steps[0].version == "v1"
    assert (await shop.engine.store.run(row.id)).ended_at == row.ended_at


async def test_a_worker_that_is_told_to_stop_gives_its_runs_back(shop):
    shop.sink.answers["PUT"] = never
    await shop.publish(g.rule("r", g.call("s1", "tag", order=1, tag="a")))
    await shop.placed(1)
    from conftest import QUICK
    from msgspec.structs import replace

    async with shop.working(replace(QUICK, grace=0.1, lease=60.0)):
        await shop.until(lambda: shop.sink.seen)
    del shop.sink.answers["PUT"]
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, len(shop.sink.seen)) == ("done", 2)


async def test_a_run_that_kills_its_worker_again_and_again_is_put_aside(shop, settings):
    await shop.publish(g.rule("r", g.call("s1", "tag", order=1, tag="a")))
    await shop.placed(1)
    for _ in range(3):
        dying = await mortal(settings, "after_claim")
        await asyncio.wait_for(dying.wait(), 20)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, row.error.code) == ("failed", "crashed")
    assert shop.sink.seen == []
