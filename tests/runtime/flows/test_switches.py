"""Rules switched off, on and to rehearse while they work: every process hears it, nothing of an off rule goes on."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from acme import plugin
from aiohttp import web
from conftest import QUICK
from msgspec.structs import replace

from treadle.runtime.engine import RuleUnknown, SaysOtherwise, StartInvalid, open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.ports import EventFilter
from treadle.runtime.starting import run_of
from treadle.runtime.worker import Worker

SLEEPS = """use acme

rule "Sleeps"
  when acme.order_placed as order
  do
    acme.tag(order: order.id, tag: "a")
    wait 30 day
    acme.tag(order: order.id, tag: "b")
"""
LOOP = """use acme

event again
  n: int

rule "Loop"
  when again as last
  where last.n < 1000
  do
    acme.tag(order: last.n, tag: "n")
    wait 0.02 sec
    emit again {n: last.n + 1}
"""
TWO = """use acme

rule "Hand"
  when by hand (order: int)
  do
    acme.tag(order: order, tag: "hand")

rule "Clock"
  when every 30 day
  do
    log "tick"

rule "Silent"
  off
  when acme.order_placed as order
  do
    log "no"
"""


async def publish(shop, text):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


@asynccontextmanager
async def elsewhere(settings):
    """An engine and a worker of another process, as far as the rules are concerned."""
    async with open_engine(settings, host=PluginHost.of([plugin])) as engine:
        stop, worker = asyncio.Event(), Worker(engine, timing=QUICK)
        task = asyncio.create_task(worker.run(stop))
        yield engine
        stop.set()
        await task


async def slowly(_, __):
    await asyncio.sleep(0.4)
    return web.json_response({"id": 7})


async def test_two_thousand_runs_asleep_end_in_one_commit(shop):
    await publish(shop, SLEEPS)
    (program,) = shop.engine.live.programs()
    await shop.engine.store.start([replace(run_of(program, {}), delay=9e6) for _ in range(2000)])
    began = time.monotonic()
    switched = await shop.engine.switch_rule("Sleeps", "off")
    assert (switched.stopped, switched.rule.state) == (2000, "off")
    assert time.monotonic() - began < 5
    assert await shop.engine.store.live_runs("Sleeps") == []
    (row, *_) = await shop.runs(rule="Sleeps", limit=1)
    assert (row.status, row.error.code) == ("stopped", "rule_off")


async def feed(engine):
    """Starts a new chain of runs all the time."""
    while True:
        await engine.put_event("event.again", {"n": 1})
        await asyncio.sleep(0.05)


async def test_a_loop_of_runs_ends_whoever_works_at_it_and_nothing_starts_it_again(shop, settings):
    await publish(shop, LOOP)

    async def none_left():
        return await shop.engine.store.live_runs("Loop") == []

    async with elsewhere(settings) as other, shop.working():
        feeding = [asyncio.create_task(feed(engine)) for engine in (shop.engine, other)]
        await shop.until(lambda: len(shop.sink.writes()) > 10)
        await shop.engine.switch_rule("Loop", "off")
        began = time.monotonic()
        await shop.until(lambda: other.live.switches)
        await shop.until(none_left)
        assert time.monotonic() - began < 5
        done, runs = len(shop.sink.writes()), len(await shop.runs(limit=10_000))
        await asyncio.sleep(0.5)
        assert await none_left()
        assert (len(shop.sink.writes()), len(await shop.runs(limit=10_000))) == (done, runs)
        await shop.engine.switch_rule("Loop", "on")
        await shop.until(lambda: len(shop.sink.writes()) > done)
        for each in feeding:
            each.cancel()
        await shop.engine.switch_rule("Loop", "off")
    assert {(row.status, row.error and row.error.code) for row in await shop.runs(limit=10_000)} <= {
        ("done", None),
        ("failed", "too_many_hops"),
        ("stopped", "rule_off"),
        ("running", None),
        ("waiting", None),
    }


async def test_a_run_that_is_at_work_writes_its_outcome_and_goes_no_further(shop):
    await publish(shop, SLEEPS.replace("    wait 30 day\n", ""))
    shop.sink.answers["PUT"] = slowly
    await shop.placed(1)
    async with shop.working():
        await shop.until(shop.sink.writes)
        await shop.engine.switch_rule("Sleeps", "off")
        (row,) = await shop.ended(1)
    assert (row.status, row.error.code, len(shop.sink.writes())) == ("stopped", "rule_off", 1)
    assert ("acme.tag", "done") in await shop.history(row)


async def test_what_is_off_is_not_heard_by_hand_or_by_the_clock_and_nothing_is_made_up_for(shop, settings):
    await publish(shop, TWO)
    for name in ("Hand", "Clock"):
        await shop.engine.switch_rule(name, "off")
    with pytest.raises(StartInvalid, match='"Hand" is switched off; `treadle rules on "Hand"`'):
        await shop.engine.start_by_hand("Hand", {"order": 1})
    states = {each.name: (each.state, each.text, each.switch, each.next is None) for each in await shop.engine.rules()}
    assert states == {
        "Hand": ("off", "on", "off", True),
        "Clock": ("off", "on", "off", True),
        "Silent": ("off", "off", None, True),
    }
    await publish(shop, TWO + '\nrule "More"\n  when by hand\n  do\n    log "x"\n')
    assert {each.name for each in await shop.engine.rules() if each.state == "off"} == {"Hand", "Clock", "Silent"}
    await shop.engine.switch_rule("Clock", "on")
    (clock,) = [each for each in await shop.engine.rules() if each.name == "Clock"]
    assert (clock.state, clock.next is not None) == ("on", True)
    async with shop.working():
        await asyncio.sleep(0.3)
    assert await shop.runs() == []


async def test_a_rule_that_rehearses_records_its_effects_and_sends_none(shop):
    await publish(shop, TWO)
    await shop.engine.switch_rule("Hand", "rehearse")
    async with shop.working():
        await shop.engine.start_by_hand("Hand", {"order": 1})
        (row,) = await shop.ended(1)
        assert ("acme.tag", "done") in await shop.history(row)
        assert shop.sink.writes() == []
        await shop.engine.switch_rule("Hand", "on")
        await shop.engine.start_by_hand("Hand", {"order": 2})
        await shop.ended(2)
    assert len(shop.sink.writes()) == 1


async def test_what_is_no_rule_and_what_its_text_says_is_told(shop):
    await publish(shop, TWO)
    with pytest.raises(RuleUnknown, match='no live rule "Handy"; did you mean "Hand"'):
        await shop.engine.switch_rule("Handy", "off")
    with pytest.raises(SaysOtherwise, match='the text of "Silent" says `off`'):
        await shop.engine.switch_rule("Silent", "on")


async def test_a_rule_that_hears_an_event_rehearses_from_the_switch_on(shop):
    await publish(shop, SLEEPS.replace("    wait 30 day\n", ""))
    async with shop.working():
        await shop.placed(1)
        await shop.ended(1)
        await shop.engine.switch_rule("Sleeps", "rehearse")
        await shop.placed(2)
        await shop.ended(2)
        await shop.engine.switch_rule("Sleeps", "on")
        await shop.placed(3)
        await shop.ended(3)
    assert {each.path.split("/")[2] for each in shop.sink.writes()} == {"1", "3"}


async def test_an_event_says_that_its_rule_is_off_and_keeps_what_it_started_before(shop):
    await publish(shop, SLEEPS)
    started = await shop.placed(1)
    await shop.engine.switch_rule("Sleeps", "off")
    missed = await shop.placed(2)
    before, after = [await shop.engine.explain(each) for each in (started, missed)]
    assert (before.outcome, before.explanation[0].outcome) == ("fired", "fired")
    assert (after.outcome, after.explanation[0].why) == ("filtered", "the rule is switched off")
    page, _ = await shop.engine.events(EventFilter(), "filtered")
    assert [each.id for each in page] == [missed]


async def test_who_was_frozen_asks_what_is_on_before_an_event_is_taken_in_and_before_a_run_is_ended(shop):
    await publish(shop, SLEEPS)
    live = shop.engine.live

    def as_a_minute_ago():
        live.switches, live.asked = {"Sleeps": "off"}, live.asked - 60.0
        live.adopt(live.publication, live.programs())

    as_a_minute_ago()
    await shop.placed()
    as_a_minute_ago()
    async with shop.working():
        (run,) = await shop.until(lambda: shop.runs(status="waiting"))
        assert ("acme.tag", "done") in await shop.history(run)
