"""Runs that a person cancels, on the real store and a real worker, wherever they stand."""

from __future__ import annotations

import asyncio

import graphs as g
import pytest
from aiohttp import web

from treadle.runtime.cancelling import RunOver, cancel
from treadle.runtime.ids import new_id
from treadle.runtime.ports import RunFilter

RULES = """use acme

event answered
  id: int

sequence "Child"(id: int)
  do
    wait 1 day
    return id

rule "Sleeps"
  when by hand (id: int)
  do
    wait 1 day
    acme.tag(order: id, tag: "never")

rule "Waits for an event"
  when by hand (id: int)
  do
    wait for answered as answer up to 1 day
    on timeout
      stop
    acme.tag(order: id, tag: "never")

rule "Waits for a person"
  when by hand (id: int)
  do
    ok = approve "Go?" by "manager" up to 1 day
    on timeout
      stop
    acme.tag(order: id, tag: "never")

rule "Waits for a child"
  when by hand (id: int)
  do
    found = run "Child"(id: id)
    acme.tag(order: found, tag: "never")

rule "Unknown"
  when by hand (id: int)
  do
    acme.remark(order: id, text: "hi")
    acme.tag(order: id, tag: "never")
"""
NAMES = ("Sleeps", "Waits for an event", "Waits for a person", "Waits for a child", "Unknown")


async def stopped(shop, runs):
    async def look():
        rows = [await shop.engine.store.run(each) for each in runs]
        return rows if all(row.status == "stopped" for row in rows) else None

    rows = await shop.until(look)
    assert {row.error.code for row in rows} == {"cancelled"}
    return rows


async def unsure(_, __):
    return web.json_response({}, status=503)


async def test_a_run_ends_wherever_it_rests(shop):
    shop.sink.answers["POST"] = unsure
    compiled = await shop.engine.publish({"a.rule": RULES})
    assert not compiled.errors, compiled.errors
    async with shop.working():
        runs = [await shop.engine.start_by_hand(name, {"id": 1}) for name in NAMES]

        async def rest():
            rows = [await shop.engine.store.run(each) for each in runs]
            return [row.status for row in rows] == ["waiting"] * 4 + ["unknown"]

        await shop.until(rest)
        for each in runs:
            await cancel(shop.engine.store, each, "ana", "no more")
        shop.engine.bell.ring()
        rows = await stopped(shop, runs)
    assert {row.error.message for row in rows} == {"ana cancelled it: no more"}
    assert [row.state for row in await shop.engine.store.approvals(open_only=False)] == ["closed"]
    steps = await shop.engine.store.steps(runs[-1])
    assert [(step.what, step.state) for step in steps] == [("acme.remark", "unknown")]
    (child,) = await shop.runs(rule="Child")
    assert child.status == "waiting"


async def test_a_run_that_is_being_driven_ends_before_its_next_step(shop):
    gate = asyncio.Event()

    async def slow(_, __):
        await gate.wait()
        return web.json_response({"id": 7})

    shop.sink.answers["PUT"] = slow
    await shop.publish(
        g.rule("r", g.call("s1", "tag", "s2", order=1, tag="a"), g.call("s2", "tag", order=1, tag="never"))
    )
    await shop.placed(1)
    async with shop.working():
        await shop.until(lambda: shop.sink.seen)
        (row,) = await shop.runs()
        await cancel(shop.engine.store, row.id, "ana")
        gate.set()
        await stopped(shop, [row.id])
    assert len(shop.sink.writes()) == 1
    steps = [step for step in await shop.engine.store.steps(row.id) if step.effect]
    assert [step.state for step in steps] in (["done"], ["done", "failed"])


async def test_a_run_that_nobody_has_looked_at_never_begins(shop):
    once = g.g.Alone(key=None, otherwise="queue")
    await shop.publish(
        g.rule("now", g.call("s1", "tag", order=1, tag="a")), g.rule("queued", g.wait("s1", "PT9H"), alone=once)
    )
    await shop.placed(1)
    early = await shop.runs()
    now = next(row for row in early if row.rule == "now")
    assert now.status == "running"
    await cancel(shop.engine.store, now.id, "ana")
    await shop.placed(2, version="2")
    async with shop.working():
        await stopped(shop, [now.id])
        queued = await shop.runs(rule="queued")

        async def rest():
            rows = [await shop.engine.store.run(each.id) for each in queued]
            held = (await shop.engine.store.load()).claimed
            return sorted(row.status for row in rows) == ["matching", "waiting"] and not held and rows

        rows = await shop.until(rest)
        for status in ("matching", "waiting"):
            (row,) = [each for each in rows if each.status == status]
            await cancel(shop.engine.store, row.id, "ana")
            await stopped(shop, [row.id])


async def test_what_is_over_or_not_there_cannot_be_cancelled(shop):
    await shop.publish(g.rule("r", g.log("s1", "hi")))
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
        with pytest.raises(RunOver, match="done"):
            await cancel(shop.engine.store, row.id, "ana")
        with pytest.raises(KeyError):
            await cancel(shop.engine.store, new_id(), "ana")
    assert [each.status for each in await shop.engine.store.runs(RunFilter())] == ["done"]


async def test_a_run_whose_rule_is_gone_can_be_cancelled(shop):
    shop.sink.answers["POST"] = unsure
    await shop.publish(g.rule("r", g.call("s1", "remark", order=1, text="hi", effect="blind")))
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert row.status == "unknown"
    shop.engine.live._programs.clear()

    async def gone(_):
        return None

    shop.engine.store.graph = gone
    async with shop.working():
        await cancel(shop.engine.store, row.id, "ana")
        await stopped(shop, [row.id])
