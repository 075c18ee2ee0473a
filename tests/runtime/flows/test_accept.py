from __future__ import annotations

import asyncio

import graphs as g
import pytest

from treadle.dsl.values import decode
from treadle.runtime.engine import EventInvalid, HookRefused, HookUnknown
from treadle.runtime.ports import Fault


def big(**more):
    return g.rule("big", g.call("s1", "tag", order=g.field("id"), tag="gold"), where=(DEAR,), **more)


DEAR = g.term(g.field("total"), ">=", 1000, "order.total >= 1000")


async def test_several_items_become_several_events_and_what_is_strange_is_kept(shop):
    await shop.publish(big())
    receipt = await shop.deliver(
        {"kind": "placed", "id": 1, "total": 10}, {"kind": "placed", "id": 2, "total": 2000}, {"kind": "odd", "id": 3}
    )
    assert (receipt.accepted, receipt.duplicates, len(receipt.events)) == (3, 0, 3)
    small, dear, odd = [await shop.engine.explain(event) for event in receipt.events]
    assert (small.outcome, dear.outcome, odd.outcome) == ("filtered", "fired", "unread")
    assert small.explanation[0].why == "order.total >= 1000 does not hold: order.total is 10"
    assert dear.runs == [dear.explanation[0].run]
    assert decode(bytes(dear.data))["total"] == 2000
    assert (odd.trigger, odd.reason) == ("acme.unread", "unheard of")
    assert [(row.rule, row.status) for row in await shop.runs()] == [("big", "running")]


async def test_a_duplicate_starts_nothing_and_names_the_first(shop):
    await shop.publish(big())
    first = await shop.deliver({"kind": "placed", "id": 1, "total": 2000})
    again = await shop.deliver({"kind": "placed", "id": 1, "total": 2000}, {"kind": "placed", "id": 1, "total": 2000})
    assert (again.accepted, again.duplicates) == (0, 2)
    assert again.events == first.events * 2
    assert len(await shop.runs()) == 1


async def test_deliveries_at_once_share_commits_and_each_gets_its_own_answer(shop):
    await shop.publish(big())
    receipts = await asyncio.gather(
        *(shop.deliver({"kind": "placed", "id": each, "total": 2000}) for each in range(300))
    )
    assert len({receipt.events[0] for receipt in receipts}) == 300
    assert len(await shop.runs(limit=500)) == 300


async def test_unknown_connection_and_wrong_secret_are_one_answer(shop):
    for name, secret in [("shop", "wrong"), ("shop", ""), ("shop", "kéy"), ("nobody", shop.secret)]:
        with pytest.raises(HookUnknown):
            await shop.engine.receive(name, secret, {}, b"[]")


async def test_what_cannot_be_read_at_all_is_refused_and_what_is_too_large(shop):
    with pytest.raises(HookRefused) as refused:
        await shop.engine.receive("shop", shop.secret, {}, b"{")
    assert (refused.value.status, refused.value.code) == (400, "bad_delivery")
    with pytest.raises(HookRefused) as refused:
        await shop.engine.receive("shop", shop.secret, {}, b" " * (10 * 1024 * 1024 + 1))
    assert refused.value.status == 413


async def test_a_plugin_that_breaks_loses_nothing(shop):
    receipt = await shop.deliver({"kind": "bug", "id": 1})
    view = await shop.engine.explain(receipt.events[0])
    assert view.outcome == "unread"
    assert "ZeroDivisionError" in view.reason


async def test_an_event_nobody_hears_is_said_to_be_so(shop):
    view = await shop.engine.explain(await shop.placed())
    assert (view.outcome, view.connection, view.entity) == ("unheard", "shop", "acme.order:1")


async def test_a_condition_without_an_answer_does_not_hold_and_says_why(shop):
    await shop.publish(g.rule("r", g.log("s1", "x"), where=(g.term(g.field("version"), ">", 3, "order.version > 3"),)))
    view = await shop.engine.explain(await shop.placed())
    assert view.outcome == "filtered"
    assert view.explanation[0].why.startswith("order.version > 3 cannot be decided")


async def test_an_event_put_in_by_hand_fires_like_any_other(shop):
    await shop.publish(big())
    receipt = await shop.engine.put_event("acme.order_placed", {"id": 5, "total": 1500.5})
    view = await shop.engine.explain(receipt.events[0])
    assert (view.outcome, view.entity) == ("fired", "acme.order:5")
    assert str(decode(bytes(view.data))["total"]) == "1500.5"


@pytest.mark.parametrize(
    ("trigger", "data", "says"),
    [
        ("acme.nothing", {}, "acme.order_placed"),
        ("acme.order_placed", {"id": "x"}, "int"),
        ("acme.order_placed", [], "object"),
    ],
)
async def test_an_event_that_does_not_fit_is_refused(shop, trigger, data, says):
    with pytest.raises(EventInvalid, match=says):
        await shop.engine.put_event(trigger, data)


async def test_explanations_use_the_rules_of_that_time(shop):
    await shop.publish(big())
    event = await shop.placed(total=10)
    await shop.publish(g.rule("other", g.log("s1", "x")))
    assert [each.rule for each in (await shop.engine.explain(event)).explanation] == ["big"]


async def test_a_rule_does_not_hear_what_its_own_run_did_but_others_do(shop):
    change = g.rule("mine", g.call("s1", "tag", order=g.field("id"), tag="gold"), trigger="order_changed")
    other = g.rule("other", g.log("s1", "heard"), trigger="order_changed")
    await shop.publish(change, other)
    async with shop.working():
        await shop.deliver({"kind": "changed", "id": 1, "version": "v0"})
        await shop.ended(2)
        echo = (await shop.deliver({"kind": "changed", "id": 1, "version": "v1"})).events[0]
        foreign = (await shop.deliver({"kind": "changed", "id": 1, "version": "v2"})).events[0]
        await shop.ended(5)
    view = await shop.engine.explain(echo)
    assert {each.rule: each.outcome for each in view.explanation} == {"mine": "suppressed", "other": "fired"}
    assert "own change" in next(each.why for each in view.explanation if each.rule == "mine")
    assert (await shop.engine.store.event(echo)).hops == 1
    assert len((await shop.engine.explain(foreign)).runs) == 2


async def test_a_report_that_comes_before_the_call_has_its_answer_waits_for_it(shop):
    """The service reports the change while our call is still open: nobody can know its version yet."""
    gate = asyncio.Event()

    async def slow(seen, before):
        from aiohttp import web

        await gate.wait()
        return web.json_response({"id": 1, "version": "v1"})

    shop.sink.answers["PUT /orders/1"] = slow
    await shop.publish(g.rule("mine", g.call("s1", "tag", order=g.field("id"), tag="gold"), trigger="order_changed"))
    async with shop.working():
        await shop.deliver({"kind": "changed", "id": 1, "version": "v0"})
        await shop.until(lambda: shop.sink.writes())
        early = (await shop.deliver({"kind": "changed", "id": 1, "version": "v1"})).events[0]
        assert (await shop.engine.explain(early)).outcome == "pending"
        gate.set()
        (row,) = await shop.ended(1, status="suppressed")
    assert row.error.code == "own_change"
    assert len(shop.sink.writes()) == 1


async def test_a_chain_of_runs_has_an_end(shop):
    """Two rules that feed each other, with a service that reports each change at once."""
    await shop.publish(g.rule("ring", g.start("s1", "Again")), g.sequence("Again", {}, g.start("s1", "Again")))
    async with shop.working():
        await shop.placed()
        (row,) = await shop.ended(1, status="failed")
    assert row.error == Fault("too_many_hops", "this run is number 21 of a chain of runs that follow from one another")
