"""Events of one's own, emitted and heard by real workers: stored with the step, heard once, no chain without end."""

from __future__ import annotations

import graphs as g
import pytest
from mortals import dies

from treadle.dsl.graph import Emit, Hear
from treadle.dsl.typesystem import Record
from treadle.runtime.advance import MOST_HOPS
from treadle.runtime.crashpoints import POINTS
from treadle.runtime.engine import EventInvalid
from treadle.runtime.ports import EventFilter

ORDERS = """use acme

event order_ready
  id: int
  note: text?

rule "Says"
  when acme.order_placed as order
  do
    emit order_ready {id: order.id, note: "ready"}
    acme.tag(order: order.id, tag: "said")

rule "Hears"
  when order_ready as ready
  where ready.id > 1
  do
    acme.tag(order: ready.id, tag: ready.note ?? "none")
"""
PING = Emit(id="s1", span=g.SPAN, event="ping", data={})
WAITS = """use acme

event order_ready
  id: int

rule "Waits"
  when acme.order_placed as order
  do
    wait for order_ready as ready where ready.id == order.id up to 1 day
    on timeout
      stop
    acme.tag(order: order.id, tag: "ready")

rule "Says"
  when acme.order_changed as order
  do
    emit order_ready {id: order.id}
"""
LOOP = (
    g.rule("First", PING),
    g.rule("Loop", PING, hears=(Hear(None, "ping", "heard", g.SPAN),), names={"heard": Record(())}),
)


async def publish(shop, text):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def own(shop, name="order_ready"):
    return await shop.engine.store.events(EventFilter(trigger=f"event.{name}"))


async def test_an_event_of_ones_own_starts_the_rules_that_hear_it(shop):
    await publish(shop, ORDERS)
    for order in (1, 2):
        await shop.placed(order)
    async with shop.working():
        rows = await shop.ended(3)
    events = await own(shop)
    assert {row.status for row in rows} == {"done"}
    assert {each.cause for each in events} == {row.id for row in rows if row.rule == "Says"}
    (hears,) = [row for row in rows if row.rule == "Hears"]
    assert hears.event_id in {each.id for each in events}
    assert {each.path for each in shop.sink.writes()} == {
        f"/orders/{tag}" for tag in ("1/tags/said", "2/tags/said", "2/tags/ready")
    }


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
async def test_an_event_is_emitted_and_heard_once_whoever_dies(shop, settings, point):
    await publish(shop, ORDERS)
    await shop.placed(2)
    await dies(settings, point)
    async with shop.working():
        rows = await shop.ended(2)
    assert sorted((row.rule, row.status) for row in rows) == [("Hears", "done"), ("Says", "done")]
    assert len(await own(shop)) == 1


async def test_a_run_that_waits_hears_it(shop):
    await publish(shop, WAITS)
    await shop.placed(1)
    async with shop.working():
        await shop.until(lambda: shop.runs(status="waiting"))
        for order in (2, 1):
            await shop.deliver({"kind": "changed", "id": order})
        rows = await shop.ended(3)
    assert {(row.rule, row.status) for row in rows} == {("Waits", "done"), ("Says", "done")}
    assert [each.path for each in shop.sink.writes()] == ["/orders/1/tags/ready"]


async def test_a_chain_of_runs_that_wake_each_other_ends(shop):
    """The checker refuses a loop that it sees; what it cannot see ends at the most hops."""
    await shop.publish(*LOOP)
    await shop.placed(1)
    async with shop.working():
        rows = await shop.until(lambda: failed(shop))
    assert rows[0].error.code == "too_many_hops"
    assert len(await own(shop, "ping")) == MOST_HOPS + 1


async def failed(shop):
    return await shop.runs(status="failed")


async def test_an_event_of_ones_own_comes_in_from_outside(shop):
    await publish(shop, ORDERS)
    receipt = await shop.engine.put_event("event.order_ready", {"id": 7})
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.rule, row.event_id) == ("Hears", receipt.events[0])
    assert [each.path for each in shop.sink.writes()] == ["/orders/7/tags/none"]


@pytest.mark.parametrize(
    ("trigger", "data", "says"),
    [
        ("event.order_redy", {"id": 7}, "declares 'event.order_redy'; did you mean 'event.order_ready'"),
        ("event.order_ready", {}, r"event.order_ready: id is missing \(int\)"),
        ("event.order_ready", {"id": "7"}, "event.order_ready: id is no int"),
        ("event.order_ready", {"id": 7, "note": 1}, r"event.order_ready: note is no text\?"),
        ("event.order_ready", {"id": 7, "ntoe": "x"}, "has no field 'ntoe'; it has id, note"),
        ("event.order_ready", [7], "have to be an object"),
    ],
)
async def test_what_does_not_fit_the_declared_fields_is_said_and_not_stored(shop, trigger, data, says):
    await publish(shop, ORDERS)
    with pytest.raises(EventInvalid, match=says):
        await shop.engine.put_event(trigger, data)
    assert await own(shop) == []
