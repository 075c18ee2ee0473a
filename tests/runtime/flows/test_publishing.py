"""What becomes of live runs when their rule gets a new version: stay, move, restart, each in one commit."""

from __future__ import annotations

import asyncio

import pytest
from mortals import dies

from treadle.dsl.values import decode

FIRST = """use acme

rule "Follow up"
  when acme.order_placed as order
  do
    found = acme.get_order(order: order.id)
    wait 30 day
    acme.tag(order: order.id, tag: "old")
"""
SECOND = FIRST.replace('tag: "old"', 'tag: "new"')
SOON = FIRST.replace("wait 30 day", "wait 1 sec")
PAUSES = FIRST.replace("use acme\n", "use acme\n\nevent answer\n  order: int\n").replace(
    "wait 30 day",
    "wait for answer as reply where reply.order == order.id up to 1 day\n    on timeout\n      stop",
)
ASKS = """use acme

event answer
  order: int

rule "Asks"
  when acme.order_placed as order
  do
    acme.tag(order: order.id, tag: "asked")
    wait for answer as reply where reply.order == order.id up to 1 day
    on timeout
      stop
    acme.tag(order: reply.order, tag: "old")
"""


async def publish(shop, text, policy="stay", *, preview=False):
    done = await shop.engine.publication({"a.rule": text}, policy, preview=preview)
    assert not done.compiled.errors, done.compiled.errors
    return done


async def asleep(shop, text, count=1):
    """So many runs of the text that wait."""
    await publish(shop, text)
    for order in range(1, count + 1):
        await shop.placed(order)
    async with shop.working():

        async def all_wait():
            return len(await shop.runs(status="waiting")) == count

        await shop.until(all_wait)
    return await shop.runs(status="waiting")


def written(shop):
    return [each.path for each in shop.sink.writes()]


async def test_a_preview_says_who_waits_where_and_changes_nothing(shop):
    await asleep(shop, FIRST, 3)
    live = shop.engine.live.publication
    done = await publish(shop, SECOND, "move", preview=True)
    (at,) = done.waiting
    assert (at.rule, at.step, at.what, at.runs, at.still_there, at.go_over, at.stay) == (
        *("Follow up", "tag", "acme.tag", 3, True, 3, ()),
    )
    assert at.line == 8
    (at,) = (await publish(shop, SECOND, preview=True)).waiting
    assert (at.go_over, at.stay[0].runs) == (0, 3)
    (at,) = (await publish(shop, SECOND.replace("acme.tag(", "sent: acme.tag("), preview=True)).waiting
    assert at.still_there == (at.step == "sent")
    await shop.engine.live.refresh()
    assert shop.engine.live.publication == live


@pytest.mark.parametrize(("policy", "wrote"), [("stay", "old"), ("move", "new"), ("restart", "new")])
async def test_a_run_that_waits_ends_on_the_version_that_the_policy_says(shop, policy, wrote):
    (before,) = await asleep(shop, PAUSES)
    done = await publish(shop, PAUSES.replace('"old"', '"new"'), policy)
    assert done.late == 0
    if policy == "restart":
        (ended,) = await shop.runs(status="stopped")
        assert (ended.id, ended.error.code) == (before.id, "republished")
    async with shop.working():
        await shop.until(lambda: shop.runs(status="waiting"))
        await shop.engine.put_event("event.answer", {"order": 1})
        (row,) = await shop.ended(1, status="done")
    assert written(shop) == [f"/orders/1/tags/{wrote}"]
    assert (row.id == before.id) == (policy != "restart")
    assert row.event_id == before.event_id
    assert (row.graph == before.graph) == (policy == "stay")
    assert await shop.engine.store.graph(row.graph) is not None


async def test_what_is_not_safe_stays_and_is_told(shop):
    await asleep(shop, FIRST)
    gone = FIRST.replace('    acme.tag(order: order.id, tag: "old")\n', '    log "no"\n')
    needs = FIRST.replace("found = acme.get_order(order: order.id)", "mail = acme.get_order(order: order.id)").replace(
        '"old"', "text(mail.total)"
    )
    again = FIRST.replace('    acme.tag(order: order.id, tag: "old")\n', "") + (
        '    tag: acme.tag(order: order.id, tag: "new")\n    found = acme.get_order(order: order.id)\n'
    )
    for text, why in (
        (gone, "the new version has no tag"),
        (needs, "mail, which the new version reads, was not given"),
        (FIRST.replace("order_placed", "order_changed"), "the new version does not hear what started it"),
        (again.replace("    found = acme.get_order(order: order.id)\n    wait", "    wait"), "comes again"),
        (FIRST.replace("  do\n", "  one at a time per order.id else skip\n  do\n"), "its `one at a time` is another"),
        (FIRST.replace("  do\n", "  off\n  do\n", 1), "the new version is off"),
        ('rule "Other"\n  when every 1 day\n  do\n    log "x"\n', "the new set has no rule of this name"),
    ):
        (at,) = (await publish(shop, text, "move", preview=True)).waiting
        assert (at.go_over, why in at.stay[0].why) == (0, True), at
    (at,) = (await publish(shop, SECOND.replace("30 day", "20 day"), "restart", preview=True)).waiting
    assert at.go_over == 1


async def test_what_has_sent_something_is_never_started_anew(shop):
    (before,) = await asleep(shop, ASKS)
    (at,) = (await publish(shop, ASKS.replace('"old"', '"new"'), "restart")).waiting
    assert at.stay[0].why == "it has sent or started something"
    await shop.engine.put_event("event.answer", {"order": 1})
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.id, written(shop)) == (before.id, ["/orders/1/tags/asked", "/orders/1/tags/old"])


async def test_a_run_that_waits_for_an_event_hears_it_in_the_new_version(shop):
    await asleep(shop, ASKS, 2)
    other = ASKS.replace("reply.order == order.id", "reply.order == order.id + 1").replace('"old"', '"new"')
    (at,) = (await publish(shop, other, "move", preview=True)).waiting
    assert at.stay[0].why == "what wait_for waits for is another in the new version"
    (at,) = (await publish(shop, ASKS.replace('"old"', '"new"'), "move")).waiting
    assert at.go_over == 2
    await shop.engine.put_event("event.answer", {"order": 2})
    async with shop.working():
        (row,) = await shop.ended(1)
    assert row.status == "done"
    assert "/orders/2/tags/new" in written(shop)


async def test_a_set_with_errors_moves_nobody(shop):
    await asleep(shop, FIRST)
    live = shop.engine.live.publication
    done = await shop.engine.publication({"a.rule": SECOND + "  nonsense\n"}, "move")
    assert (bool(done.compiled.errors), done.waiting) == (True, ())
    assert await shop.engine.store.live() == live
    assert len(await shop.engine.store.pinned([], [])) == 1


@pytest.mark.slow
async def test_while_a_worker_dies_and_another_works_each_run_ends_once_on_one_version(shop, settings):
    """A set is published again and again, moving whoever waits, while workers drive and one of them is killed."""
    await publish(shop, SOON)
    for order in range(1, 9):
        await shop.placed(order)
    await dies(settings, "after_outcome")
    async with shop.working():
        for turn in range(4):
            await publish(shop, SOON.replace('"old"', f'"v{turn}"'), "move" if turn % 2 else "restart")
            await asyncio.sleep(0.3)

        async def none_lives():
            return await shop.engine.store.pinned([], []) == []

        await shop.until(none_lives, within=20)
    done = await shop.runs(status="done", limit=100)
    assert len({decode((await shop.engine.store.event(row.event_id)).data)["id"] for row in done}) == len(done) == 8
    tagged = [path.split("/")[2] for path in set(written(shop))]
    assert sorted(tagged) == [str(order) for order in range(1, 9)]
