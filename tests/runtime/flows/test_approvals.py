"""Runs that ask people, on the real store and real workers: answers while nobody works, deaths, too late, twice."""

from __future__ import annotations

import asyncio

import pytest
from mortals import dies

RULE = """use acme

rule "R"
  when acme.order_placed as order
  do
    acme.tag(order: order.id, tag: "dear")
    ok = approve "Order {order.id}?" by "manager" up to {up_to}
    on timeout
      acme.remark(order: order.id, text: "nobody")
      stop
    acme.remark(order: order.id, text: "yes" if ok else "no")
"""


async def publish(shop, up_to="1 day"):
    compiled = await shop.engine.publish({"a.rule": RULE.replace("{up_to}", up_to)})
    assert not compiled.errors, compiled.errors


async def asked(shop, count=1):
    async def look():
        rows = await shop.engine.store.approvals()
        return rows if len(rows) == count and (await shop.engine.store.load()).claimed == 0 else None

    return await shop.until(look)


async def ever_asked(shop, count):
    async def look():
        rows = await shop.engine.store.approvals(open_only=False)
        return rows[::-1] if len(rows) == count else None

    return await shop.until(look)


def said(shop):
    return [each.data["text"] for each in shop.sink.writes() if "text" in each.data]


@pytest.mark.parametrize(("approved", "says"), [(True, "yes"), (False, "no")])
async def test_an_answer_that_comes_while_nobody_works_counts(shop, approved, says):
    await publish(shop)
    await shop.placed(7)
    async with shop.working():
        (row,) = await asked(shop)
    assert (row.question, row.by, row.state) == ("Order 7?", "manager", "open")
    await shop.engine.store.decide(row.id, "ana", approved=approved)
    await shop.engine.store.decide(row.id, "eva", approved=not approved)
    async with shop.working():
        (run,) = await shop.ended(1)
    assert (run.status, said(shop)) == ("done", [says])
    (row,) = await shop.engine.store.approvals(open_only=False)
    assert (row.state, row.decided_by) == ("approved" if approved else "refused", "ana")


@pytest.mark.slow
async def test_a_worker_dies_once_the_question_is_written_and_it_is_asked_once(shop, settings):
    await publish(shop)
    await shop.placed(7)
    await dies(settings, "after_outcome")
    (row,) = await shop.engine.store.approvals()
    async with shop.working():
        assert await asked(shop) == [row]
        await shop.engine.store.decide(row.id, "ana", approved=True)
        (run,) = await shop.ended(1)
    assert (run.status, said(shop)) == ("done", ["yes"])
    assert len(await shop.engine.store.approvals(open_only=False)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_outcome"])
async def test_a_worker_dies_with_the_answer_in_its_hands(shop, settings, point):
    await publish(shop)
    await shop.placed(7)
    async with shop.working():
        (row,) = await asked(shop)
    await shop.engine.store.decide(row.id, "ana", approved=False)
    await dies(settings, point)
    async with shop.working():
        (run,) = await shop.ended(1)
    assert (run.status, said(shop)) == ("done", ["no"])


async def test_an_answer_after_the_time_is_over_is_refused(shop):
    await publish(shop, "0.1 s")
    await shop.placed(7)
    async with shop.working():
        (run,) = await shop.ended(1)
    (row,) = await shop.engine.store.approvals(open_only=False)
    late = await shop.engine.store.decide(row.id, "ana", approved=True)
    assert (late.state, run.status, said(shop)) == ("closed", "done", ["nobody"])


async def test_answers_at_the_very_end_of_the_time_give_the_outcome_that_was_answered(shop):
    """Who was told that the answer counts sees it count; who was told that it is too late sees the timeout."""
    await publish(shop, "0.4 s")
    count, told = 12, []
    async with shop.working():
        for order in range(count):
            await shop.placed(order)
        for row in await ever_asked(shop, count):
            told.append(await shop.engine.store.decide(row.id, "ana", approved=True))
            await asyncio.sleep(0.03)
        runs = await shop.ended(count)
    assert {run.status for run in runs} == {"done"}
    counted = sum(row.state == "approved" for row in told)
    assert sorted(said(shop)) == ["nobody"] * (count - counted) + ["yes"] * counted
