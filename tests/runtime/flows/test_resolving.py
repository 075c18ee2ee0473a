"""Calls whose outcome is unknown, settled by a person, on the real store and real workers."""

from __future__ import annotations

import asyncio
import re

import graphs as g
import pytest
from aiohttp import web
from mortals import dies

from treadle.dsl.typesystem import Named
from treadle.runtime.call import Caller
from treadle.runtime.ids import new_id
from treadle.runtime.resolving import CannotResolve, Resolver


def answering(status, data=None):
    async def answer(_, __):
        return web.json_response(data or {}, status=status)

    return answer


def resolver(shop, lease=15.0):
    engine = shop.engine
    return Resolver(engine.store, engine.live, Caller(engine.host, engine.connections), engine.redactor, lease=lease)


async def parked(shop):
    async def look():
        rows = await shop.runs(status="unknown")
        return rows[0] if rows and (await shop.engine.store.load()).claimed == 0 else None

    return await shop.until(look)


async def calls(shop, run):
    return {step.node: step for step in await shop.engine.store.steps(run.id) if step.effect}


async def said(shop, run):
    return [(each.how, each.who, each.reason) for each in await shop.engine.store.resolutions(run.id)]


BRANCHES = g.rule(
    "branches",
    g.g.Together(id="t1", span=g.SPAN, next="s3", branches=("s1", "s2")),
    g.call("s1", "remark", order=1, text="hi", effect="blind", timeout=0.2),
    g.call("s2", "tag", order=1, tag="beside"),
    g.call("s3", "tag", order=1, tag="behind"),
)


async def test_a_blind_call_is_sent_again_or_left_out_and_the_other_branch_goes_on(shop):
    shop.sink.answers["POST"] = answering(503)
    await shop.publish(BRANCHES)
    await shop.placed(1)
    async with shop.working():
        run = await parked(shop)
        assert [each.path for each in shop.sink.writes()] == ["/orders/1/remarks", "/orders/1/tags/beside"]
        with pytest.raises(CannotResolve, match=r"order it again from .* UTC \(in 15 s\) on") as early:
            await resolver(shop).resolve(run.id, "s1", "again", who="ana")
        assert early.value.code == "too_early"
        await asyncio.sleep(0.25)
        again = await resolver(shop, lease=0.0).resolve(run.id, "s1", "again", who="ana", reason="not there")
        assert (again.how, "has it twice" in again.warning) == ("again", True)
        with pytest.raises(CannotResolve):
            await resolver(shop).resolve(run.id, "s1", "skip", who="eva")
        shop.engine.bell.ring()
        await shop.until(lambda: len(shop.sink.writes()) == 3)
        run = await parked(shop)
        step = (await calls(shop, run))["s1"]
        assert (step.state, step.tries) == ("unknown", 2)
        left_out = await resolver(shop).resolve(run.id, str(step.seq), "skip", who="eva")
        assert left_out.how == "skip"
        shop.engine.bell.ring()
        (run,) = await shop.ended(1, status="done")
    assert len({each.effect_id for each in shop.sink.writes() if each.method == "POST"}) == 1
    step = (await calls(shop, run))["s1"]
    assert (step.state, step.error.message) == ("skipped", "eva had it left out; whether it arrived is not known")
    assert await said(shop, run) == [("again", "ana", "not there"), ("skip", "eva", None)]
    assert shop.sink.writes()[-1].path == "/orders/1/tags/behind"


SHIPS = g.rule(
    "ships",
    g.call("s1", "ship", "s2", order=g.field("id"), effect="checkable", timeout=0.2, name="shipped"),
    g.log("s2", g.field("version", "shipped")),
    names={"shipped": Named("acme.Order")},
)


async def doubted(shop):
    """A shipment that nobody knows about: the service is not well."""
    shop.sink.answers |= {"POST /shipments": answering(503), "GET /shipments": answering(403)}
    await shop.publish(SHIPS)
    await shop.placed(1)
    return await parked(shop)


async def logged(shop, run):
    return [step.input.decode() for step in await shop.engine.store.steps(run.id) if step.node == "s2"]


async def test_a_checkable_call_is_looked_up_when_somebody_asks(shop):
    async with shop.working():
        run = await doubted(shop)
        unsure = await resolver(shop).resolve(run.id, "s1", "check", who="ana")
        assert (unsure.how, unsure.found, "answered 403" in unsure.said) == (None, None, True)
        shop.sink.answers["GET /shipments"] = answering(404)
        absent = await resolver(shop).resolve(run.id, "s1", "check", who="ana")
        assert (absent.how, absent.found) == (None, False)
        assert (await shop.engine.store.run(run.id)).status == "unknown"
        shop.sink.answers["GET /shipments"] = answering(200, {"id": 4, "total": 1, "version": "found"})
        await asyncio.sleep(0.25)
        with pytest.raises(CannotResolve, match="the service has it"):
            await resolver(shop, lease=0.0).resolve(run.id, "s1", "again", who="ana")
        found = await resolver(shop).resolve(run.id, "s1", "check", who="ana")
        assert (found.how, found.found) == ("happened", True)
        shop.engine.bell.ring()
        (run,) = await shop.ended(1, status="done")
    assert await logged(shop, run) == ['"found"']
    assert await said(shop, run) == [("happened", "ana", "a look-up found it")]
    assert len(shop.sink.writes()) == 1


async def test_what_happened_comes_with_what_the_rule_goes_on_with(shop):
    async with shop.working():
        run = await doubted(shop)
        for wrong, why in ((None, "say what it is"), (b"[]", "does not fit"), (b'{"id": "4"}', "does not fit")):
            with pytest.raises(CannotResolve, match=why):
                await resolver(shop).resolve(run.id, "s1", "happened", who="ana", output=wrong)
        for step, order, code in (("s2", "skip", "step_unknown"), ("s1", "skip", "output_invalid")):
            with pytest.raises(CannotResolve) as cannot:
                await resolver(shop).resolve(run.id, step, order, who="ana", output=b"1")
            assert cannot.value.code == code
        with pytest.raises(KeyError):
            await resolver(shop).resolve(new_id(), "s1", "skip", who="ana")
    given = b'{"id": 4, "total": 1, "version": "by hand", "email": null}'
    await resolver(shop).resolve(run.id, "s1", "happened", who="ana", output=given)
    async with shop.working():
        (run,) = await shop.ended(1, status="done")
    assert await logged(shop, run) == ['"by hand"']
    step = (await calls(shop, run))["s1"]
    assert (step.state, re.sub(rb"\s", b"", step.output)) == ("done", re.sub(rb"\s", b"", given))
    for order in ("skip", "check"):
        with pytest.raises(CannotResolve, match="the run is done already"):
            await resolver(shop).resolve(run.id, "s1", order, who="ana")


@pytest.mark.slow
async def test_a_worker_dies_with_the_word_in_its_hands(shop, settings):
    shop.sink.answers["POST"] = answering(503)
    remark = g.call("s1", "remark", "s2", order=1, text="hi", effect="blind")
    await shop.publish(g.rule("r", remark, g.call("s2", "tag", order=1, tag="behind")))
    await shop.placed(1)
    async with shop.working():
        run = await parked(shop)
    await resolver(shop).resolve(run.id, "s1", "skip", who="ana")
    await dies(settings, "after_intent")
    async with shop.working():
        (run,) = await shop.ended(1, status="done")
    assert [step.state for step in (await calls(shop, run)).values()] == ["skipped", "done"]
    assert len(shop.sink.writes()) == 2
