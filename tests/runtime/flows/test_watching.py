"""Workers that fall silent and work that is slow: told of once, by whichever worker sees it first."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from acme import plugin
from msgspec.structs import replace
from sink import never
from tests.runtime.flows.conftest import QUICK

from treadle.dsl import values
from treadle.runtime.announcing import Announcer
from treadle.runtime.builtin import plugin as treadle
from treadle.runtime.clock import StoreClock
from treadle.runtime.host import PluginHost
from treadle.runtime.ids import new_id
from treadle.runtime.ports import EventFilter
from treadle.runtime.watching import Contact, Watch

WATCHFUL = replace(QUICK, look=0.1, silent=1.0, slow=0.4)
HEARS = """use acme
use treadle

rule "Lost"
  when treadle.worker_lost as worker
  do
    acme.tag(order: worker.claimed, tag: worker.name)

rule "Slow"
  when treadle.job_slow as job
  do
    acme.tag(order: 1, tag: job.rule)

rule "Takes long"
  when acme.order_placed as order
  do
    acme.remark(order: order.id, text: "t") timeout 1.5 s
"""


@pytest.fixture
def host() -> PluginHost:
    return PluginHost.of([plugin, treadle])


@pytest.fixture
async def hearing(shop):
    compiled = await shop.engine.publish({"a.rule": HEARS})
    assert not compiled.errors, compiled.errors
    return shop


async def told(shop, name):
    found = await shop.engine.store.events(EventFilter(trigger=f"treadle.{name}"))
    return [values.decode(each.data) for each in found]


async def test_a_worker_that_fell_silent_is_missed_once(hearing):
    store, dead = hearing.engine.store, new_id()
    await store.heartbeat(dead, "app-1", claimed=3, progressed=True)
    async with hearing.working(WATCHFUL), hearing.working(WATCHFUL):
        (run,) = await hearing.ended(1, rule="Lost", within=20.0)
        (said,) = await told(hearing, "worker_lost")
        assert [row.id for row in await store.workers() if row.id == dead] == []
    assert (run.status, said["name"], said["worker"], said["claimed"]) == ("done", "app-1", str(dead), 3)
    assert said["last_seen_at"]
    assert [each.path for each in hearing.sink.writes()] == ["/orders/3/tags/app-1"]


async def test_a_worker_that_comes_back_and_is_lost_again_is_missed_again(hearing):
    store, dead = hearing.engine.store, new_id()
    announcer = Announcer(store, hearing.engine.live, hearing.engine.clock)
    watch = Watch(store, announcer, hearing.engine.clock, replace(WATCHFUL, silent=0.0), lambda: None)
    watch.contact.unbroken = lambda: True
    for _ in range(2):
        await store.heartbeat(dead, "app-1", claimed=0, progressed=True)
        await watch.look()
        await watch.look()
    assert len(await told(hearing, "worker_lost")) == 2


async def test_a_worker_that_ends_is_not_missed(hearing):
    async with hearing.working():
        await hearing.until(lambda: hearing.engine.store.workers())
    assert await hearing.engine.store.silent(0.0) == []


def test_who_was_cut_off_does_not_judge(monkeypatch):
    now = 100.0
    monkeypatch.setattr("treadle.runtime.watching.steady", lambda: now)
    contact = Contact(10.0)

    def beats(count):
        nonlocal now
        for _ in range(count):
            now += 2
            contact.made()
        return contact.unbroken()

    assert not beats(4)  # as long as it does not live for longer than it judges by
    assert beats(1)
    now += 8
    assert not contact.unbroken()  # it cannot say that it lives, so it cannot say that others do not
    assert not beats(4)
    assert beats(2)


async def test_a_step_that_takes_long_is_told_of_once_while_it_does(hearing):
    hearing.sink.answers["POST"] = never
    await hearing.placed(1)
    async with hearing.working(WATCHFUL), hearing.working(WATCHFUL):
        await hearing.ended(1, rule="Takes long")
        await hearing.ended(1, rule="Slow")
    (said,) = await told(hearing, "job_slow")
    assert said["rule"] == "Takes long"
    assert said["step"]
    assert said["duration"].startswith("PT")


async def test_work_that_lies_is_told_of_once_a_minute_by_its_oldest_run(hearing):
    engine, clock = hearing.engine, StoreClock()
    at = engine.clock.now()
    clock.now = lambda: at
    watch = Watch(engine.store, Announcer(engine.store, engine.live, clock), clock, replace(WATCHFUL, slow=0.05), list)
    for order in (1, 2):
        await hearing.placed(order)
    await asyncio.sleep(0.1)
    await asyncio.gather(watch.look(), watch.look())
    (said,) = await told(hearing, "job_slow")
    assert (said["rule"], said["step"]) == ("Takes long", None)
    at += timedelta(minutes=1)
    await watch.look()
    assert len(await told(hearing, "job_slow")) == 2
