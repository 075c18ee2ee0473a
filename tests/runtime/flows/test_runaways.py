"""Loops that run away: stopped, recorded, said once; whatever else runs is left alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import graphs as g
import msgspec
import pytest

from treadle.dsl import values
from treadle.dsl.graph import Emit, Hear
from treadle.dsl.typesystem import Record
from treadle.runtime import runaways
from treadle.runtime.clock import StoreClock
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Claimed, EventFilter, StoredEvent
from treadle.runtime.runaways import Minute, Runaways
from treadle.runtime.store.memory import MemoryStore

TAGS = g.rule("Tags", g.call("s1", "tag", order=g.field("id"), tag="gold"))
OTHER = g.rule("Other", g.call("s1", "tag", order=g.field("id"), tag="seen"), trigger="order_changed")


@pytest.fixture
def settings(settings, request):
    return msgspec.structs.replace(settings, **getattr(request, "param", {}))


async def idle(shop):
    load = await shop.engine.store.load()
    return load.due == load.claimed == 0


async def fates(shop):
    rows = [*await shop.runs(limit=500), *await shop.runs(status="suppressed", limit=500)]
    return Counter((row.rule, row.status, row.error.code if row.error else None) for row in rows)


async def told(shop):
    found = await shop.engine.store.events(EventFilter(trigger="treadle.run_failed"))
    return [values.decode(each.data) for each in found]


async def placed(shop, order, times):
    for number in range(times):
        await shop.placed(order, version=f"v{number}")


@pytest.mark.parametrize("settings", [{"most_runs_of_key": 3}], indirect=True)
async def test_too_many_runs_about_one_thing_rest_and_others_go_on(shop):
    await shop.publish(TAGS, OTHER)
    await placed(shop, 1, 6)
    await placed(shop, 2, 3)
    await shop.deliver({"kind": "changed", "id": 1})
    async with shop.working():
        await shop.until(lambda: idle(shop))
    found = await fates(shop)
    assert found == {("Tags", "done", None): 6, ("Tags", "suppressed", "runaway"): 3, ("Other", "done", None): 1}
    (said,) = await told(shop)
    assert (said["rule"], said["code"], said["entity"]) == ("Tags", "runaway", "acme.order:1")
    assert "more than 3 runs about acme.order:1 in a minute" in said["message"]
    assert "10 minutes" in said["message"]


@pytest.mark.parametrize("settings", [{"most_runs_of_rule": 4}], indirect=True)
async def test_too_many_runs_of_one_rule_rest_and_others_go_on(shop):
    await shop.publish(TAGS, OTHER)
    for order in range(1, 8):
        await shop.placed(order)
    await shop.deliver({"kind": "changed", "id": 1})
    async with shop.working():
        await shop.until(lambda: idle(shop))
    found = await fates(shop)
    assert found == {("Tags", "done", None): 4, ("Tags", "suppressed", "runaway"): 3, ("Other", "done", None): 1}
    assert len(await told(shop)) == 1


async def test_what_follows_from_one_run_is_bounded_in_its_width(shop, monkeypatch):
    monkeypatch.setattr(runaways, "MOST_FOLLOWING", 20)
    pings = [
        Emit(id=f"s{n}", span=g.SPAN, next=f"s{n + 1}" if n < 3 else None, event="ping", data={}) for n in (1, 2, 3)
    ]
    heard = {"hears": (Hear(None, "ping", "heard", g.SPAN),), "names": {"heard": Record(())}}
    await shop.publish(g.rule("First", pings[2]), g.rule("Loop", *pings, **heard))
    await shop.placed(1)
    async with shop.working():
        await shop.until(lambda: idle(shop))
    found = await fates(shop)
    # the first, the one that it woke, twenty more; each of those that ran woke three
    assert found == {("First", "done", None): 1, ("Loop", "done", None): 21, ("Loop", "suppressed", "runaway"): 43}
    (first,) = await shop.runs(rule="First")
    (said,) = await told(shop)
    assert str(first.id) in said["message"]


def test_a_minute_slides():
    at, minute = datetime(2026, 11, 23, 9, tzinfo=UTC), Minute()
    assert [minute.add(at + timedelta(seconds=second)) for second in (0, 0, 30, 59, 60, 89, 90)] == [
        1,
        2,
        3,
        4,
        3,
        4,
        4,
    ]


async def test_what_has_not_come_for_a_minute_is_forgotten():
    clock = StoreClock()
    lately, began = Runaways(MemoryStore(), clock), clock.now()
    for number in range(100):
        assert await lately.stops(begun(began, about=f"acme.order:{number}")) is None
    assert lately.counted == 101
    clock.adjust(began + timedelta(seconds=61))
    assert await lately.stops(begun(began, about="acme.order:1")) is None
    assert lately.counted == 2


def begun(at, *, about):
    event = StoredEvent(id=new_id(), trigger="acme.order_placed", data=b"{}", received_at=at, entity=about)
    return Claimed(
        run_id=new_id(), workspace_id=new_id(), epoch=1, graph="", kind="rule", rule="R", origin="", status="matching",
        state=b"{}", hops=0, crashes=0, event=event, intent=None, now=at,
    )  # fmt: skip
