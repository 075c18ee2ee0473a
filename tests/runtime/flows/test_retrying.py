"""Runs that are run again, from the start and from a step, on the same and on the newest version."""

from __future__ import annotations

import pytest
from aiohttp import web

from treadle.runtime.ids import new_id
from treadle.runtime.retrying import CannotRetry, WouldRepeat, retry

RULE = """use acme

sequence "Note"(order: int, text: text)
  do
    acme.tag(order: order, tag: text)
    fail "no more"

rule "R"
  when acme.order_placed as order
  do
    half = order.total / 2
    found = acme.get_order(order: order.id)
    if found.total > 1
      wait 0.05 s
      acme.remark(order: order.id, text: "once {half}")
    try
      fail "inside"
    on error as e
      acme.tag(order: found.id, tag: "{e.message}-{half}")
    acme.refuse(secret: "x")
    log "behind"

rule "By hand"
  when by hand (order: int, note: text)
  do
    start "Note"(order: order, text: note)
"""


TWICE = """use acme

rule "Open"
  when acme.order_placed as order
  do
    acme.remark(order: order.id, text: "x")

rule "Caught"
  when acme.order_placed as order
  do
CAUGHT"""


async def publish(shop, text=RULE):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


def sent(shop):
    return [each.path for each in shop.sink.writes()]


async def ordered(shop, run, **given):
    return await retry(shop.engine.store, shop.engine.live, run, reads=shop.engine.host.reads(), **given)


async def again(shop, run, **given):
    made = await ordered(shop, run.id, repeat=True, **given)
    assert (await shop.engine.store.origin(made.id)).retry_of == run.id
    shop.engine.bell.ring()

    async def over():
        row = await shop.engine.store.run(made.id)
        return row if row.ended_at else None

    return await shop.until(over)


async def test_a_run_is_run_again_from_its_event_or_behind_what_it_did(shop):
    async def order(_, __):
        return web.json_response({"id": 7, "total": 5})

    shop.sink.answers["GET /orders"] = order
    await publish(shop)
    await shop.placed(1)
    async with shop.working():
        (run,) = await shop.ended(1)
        assert (run.status, run.error.code) == ("failed", "nope")
        first = sent(shop)
        assert first == ["/orders/1/remarks", "/orders/7/tags/inside-1000"]
        whole = await again(shop, run)
        assert (whole.status, whole.graph, whole.event_id) == ("failed", run.graph, run.event_id)
        assert sent(shop) == first * 2
        steps = await shop.engine.store.steps(run.id)
        (refuse,) = [step for step in steps if step.what == "acme.refuse"]
        assert (await again(shop, run, begin=str(refuse.seq))).status == "failed"
        assert sent(shop) == first * 2
        await publish(shop, RULE.replace('    acme.refuse(secret: "x")\n', "").replace("behind", "behind {half}"))
        with pytest.raises(CannotRetry, match="has no step"):
            await ordered(shop, run.id, version="newest", begin=str(refuse.seq))
        (tag,) = [step for step in steps if step.what == "acme.tag"]
        newest = await again(shop, run, version="newest", begin=tag.node)
    assert newest.status == "done"
    assert sent(shop) == first * 2 + first[1:]
    told = await shop.engine.store.steps(newest.id)
    before = ["let", "acme.get_order", "if", "wait", "acme.remark", "fail"]
    assert [step.what for step in told] == [*before, "acme.tag", "log", "log"]
    assert [step.tries for step in told if step.effect is None and step.what.startswith("acme")] == [0, 0]
    assert told[-1].input == b'"behind 1000"'


async def test_what_a_run_was_given_is_given_again(shop):
    await publish(shop)
    async with shop.working():
        by_hand = await shop.engine.start_by_hand("By hand", {"order": 3, "note": "dear"})
        (child,) = await shop.ended(1, rule="Note", status="failed")
        await again(shop, child)
        await again(shop, await shop.engine.store.run(by_hand))
        await shop.ended(3, rule="Note", status="failed")
    assert sent(shop) == ["/orders/3/tags/dear"] * 3


async def test_without_its_event_a_run_is_not_run_again(shop, monkeypatch):
    async def forgotten(_):
        return None

    await publish(shop)
    await shop.placed(1)
    async with shop.working():
        (run,) = await shop.ended(1)
    monkeypatch.setattr(shop.engine.store, "event", forgotten)
    with pytest.raises(CannotRetry, match="not kept any more"):
        await ordered(shop, run.id)


async def test_what_is_not_over_or_never_fired_is_not_run_again(shop):
    await publish(shop)
    run = await shop.engine.start_by_hand("By hand", {"order": 3, "note": "dear"})
    with pytest.raises(CannotRetry, match="not over"):
        await ordered(shop, run)
    with pytest.raises(KeyError):
        await ordered(shop, new_id())
    async with shop.working():
        (over,) = await shop.ended(1, rule="By hand", status="done")
    with pytest.raises(CannotRetry, match="has no step"):
        await ordered(shop, over.id, begin="99")
    await publish(shop, 'rule "Other"\n  when by hand\n  do\n    log "x"\n')
    with pytest.raises(CannotRetry, match="is not live"):
        await ordered(shop, over.id, version="newest")


async def test_what_was_done_is_not_done_again_unless_somebody_says_so(shop):
    async def order(_, __):
        return web.json_response({"id": 7, "total": 5})

    shop.sink.answers["GET /orders"] = order
    await publish(shop)
    await shop.placed(1)
    async with shop.working():
        (run,) = await shop.ended(1)
        with pytest.raises(WouldRepeat, match=r"step 5 \(acme.remark\), 7 \(acme.tag\) was done and would be"):
            await ordered(shop, run.id)
        refuse = next(step for step in await shop.engine.store.steps(run.id) if step.what == "acme.refuse")
        behind = await ordered(shop, run.id, begin=str(refuse.seq))
        with pytest.raises(WouldRepeat, match=f"run again already, as {behind.id} "):
            await ordered(shop, run.id, begin=str(refuse.seq), earlier=[behind.id])
        await shop.ended(2)
        with pytest.raises(WouldRepeat, match=r"acme\.remark"):  # by the run before it
            await ordered(shop, behind.id)
        await shop.engine.switch_rule("R", "off")
        with pytest.raises(CannotRetry, match='"R" is switched off'):
            await ordered(shop, run.id, repeat=True)
        await shop.engine.switch_rule("R", "rehearse")
        rehearsed = await ordered(shop, run.id)
        shop.engine.bell.ring()
        await shop.until(lambda: _over(shop, rehearsed.id))
    assert sent(shop) == ["/orders/1/remarks", "/orders/7/tags/inside-1000"]


async def _over(shop, run):
    return (await shop.engine.store.run(run)).ended_at


async def test_what_may_have_happened_is_settled_first_and_never_sent_again_too_early(shop):
    async def lost(request, _):
        request.transport.close()
        return web.Response()

    shop.sink.answers["POST /orders"] = lost
    caught = '    try\n      acme.remark(order: order.id, text: "x")\n    on error\n      log "lost"\n'
    await publish(shop, TWICE.replace("CAUGHT", caught))
    await shop.placed(1)
    async with shop.working():
        (doubt,) = await shop.ended(1, rule="Open")
        (over,) = await shop.ended(1, rule="Caught")
    assert (doubt.status, over.status) == ("unknown", "done")
    with pytest.raises(CannotRetry, match=r"whether step 1 \(acme.remark\) happened; settle that first"):
        await ordered(shop, doubt.id, repeat=True)
    with pytest.raises(WouldRepeat, match="nobody knows whether step"):
        await ordered(shop, over.id)
    with pytest.raises(CannotRetry, match="may still be sent; order it from"):
        await ordered(shop, over.id, repeat=True)
