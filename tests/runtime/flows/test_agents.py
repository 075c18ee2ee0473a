"""Agents on workers and Postgres: their turns, and workers that die between them."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest
from aiohttp import web
from mortals import dies, mortal

from treadle.dsl.facade import compile_files
from treadle.runtime.ids import new_id
from treadle.runtime.tryout import try_event

RULE = """use acme

agent clerk
  model acme "cheap"
  instructions "Be brief."
  tools acme.{tool}
{lines}
rule "{tool}"
  when acme.order_placed as order
  do
    said = ask clerk "Order {{order.id}}"
    log said
"""


def model(shop, tool, arguments):
    """It wants the tool once, and then says what the tool gave."""

    async def answer(seen, before):
        messages = seen.data["messages"]
        if messages[-1]["role"] == "tool":
            return web.json_response({"text": f"It gave {messages[-1]['text'][:8]}", "cost": 0.001})
        call = {"id": "c1", "name": f"acme_{tool}", "arguments": json.dumps(arguments)}
        return web.json_response({"calls": [call], "cost": 0.001})

    shop.sink.answers["POST /ask"] = answer


def asked(shop):
    return [each for each in shop.sink.seen if each.path == "/ask"]


def acted(shop):
    return [each for each in shop.sink.writes() if each.path != "/ask"]


async def publish(shop, tool, *lines):
    text = RULE.format(tool=tool, lines="".join(f"  {line}\n" for line in lines))
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def test_a_conversation_with_a_tool_a_memory_and_a_budget(shop):
    model(shop, "tag", {"order": 7, "tag": "gold"})
    lines = ("budget 1 usd per month, 0.1 usd per order.id", "memory per order.id last 3 turns")
    await publish(shop, "tag", *lines)
    async with shop.working():
        await shop.placed(7)
        (run,) = await shop.ended(1)
        await shop.placed(7, version="v2")
        await shop.ended(2)
    assert run.status == "done"
    assert await shop.history(run) == [
        ("ask clerk", "done"),
        ("acme.tag", "done"),
        ("log", "done"),
        ("ask clerk", "done"),
        ("log", "done"),
    ]
    assert [each.path for each in acted(shop)] == ["/orders/7/tags/gold"] * 2
    steps = await shop.engine.store.steps(run.id)
    assert [each.effect_id for each in asked(shop)][:2] == [str(each.id) for each in steps if each.what == "ask clerk"]
    assert [json.loads(each.output)["cost"] for each in steps if each.what == "ask clerk"] == [0.001, 0.001]
    first, *_, last = asked(shop)
    assert (first.data["instructions"], first.data["models"], len(first.data["messages"])) == (
        "Be brief.",
        ["cheap"],
        1,
    )
    assert [each.get("text") for each in last.data["messages"][:3]] == ["Order 7", 'It gave {"id":7,', "Order 7"]
    left = Decimal("0.1") - Decimal("0.004")
    for amount, fits in ((left + Decimal("0.0001"), False), (left, True)):
        name = "agent clerk per key"
        wait = await shop.engine.store.take_limit(name, "7", Decimal("0.1"), amount, 365 * 86400.0, new_id())
        assert (wait == 0) is fits


async def test_a_budget_that_is_spent_sends_nothing(shop):
    model(shop, "tag", {"order": 7, "tag": "gold"})
    await publish(shop, "tag", "budget 0.002 usd per run")
    await shop.placed(7)
    async with shop.working():
        (run,) = await shop.ended(1)
    assert (run.status, run.error.code) == ("failed", "budget")
    assert (len(asked(shop)), len(acted(shop))) == (0, 0)


async def test_a_person_agrees_to_a_call(shop):
    model(shop, "remark", {"order": 7, "text": "hi"})
    await publish(shop, "remark", 'approve acme.remark by "managers"')
    await shop.placed(7)
    async with shop.working():
        (row,) = await shop.until(shop.engine.store.approvals)
        assert row.question == 'The agent clerk wants to call acme.remark with {"order":7,"text":"hi"}'
        assert acted(shop) == []
        await shop.engine.store.decide(row.id, "ana", approved=True)
        (run,) = await shop.ended(1)
    assert (run.status, len(acted(shop)), len(asked(shop))) == ("done", 1, 2)


@pytest.mark.slow
async def test_a_worker_dies_between_the_answer_and_the_call_and_the_model_is_not_asked_again(shop, settings):
    model(shop, "remark", {"order": 7, "text": "hi"})
    await publish(shop, "remark")
    await shop.placed(7)
    await dies(settings, "after_outcome")
    assert (len(asked(shop)), acted(shop)) == (1, [])
    async with shop.working():
        (run,) = await shop.ended(1)
    assert (run.status, len(asked(shop)), acted(shop)) == ("unknown", 1, [])


@pytest.mark.slow
async def test_a_worker_dies_in_the_middle_of_calls_and_each_goes_on_by_its_class(shop, settings):
    wanted = {"tag": {"order": 7, "tag": "gold"}, "ship": {"order": 7}, "remark": {"order": 7, "text": "hi"}}
    held, shipped = asyncio.Event(), set()

    async def answer(seen, before):
        tool = seen.data["tools"][0]["name"].removeprefix("acme_")
        if seen.data["messages"][-1]["role"] == "tool":
            return web.json_response({"text": "done"})
        call = {"id": "c1", "name": f"acme_{tool}", "arguments": json.dumps(wanted[tool])}
        return web.json_response({"calls": [call]})

    async def hold(seen, before):
        if seen.path == "/shipments":
            shipped.add(seen.data["mark"])
        if len(acted(shop)) == 3:
            held.set()
        if len(acted(shop)) <= 3:
            await asyncio.sleep(3600)
        return web.json_response({"id": 7})

    async def find(seen, before):
        return web.json_response({"id": 1}, status=200 if seen.path.rsplit("/", 1)[1] in shipped else 404)

    shop.sink.answers |= {"POST /ask": answer, "GET /shipments": find, "POST": hold, "PUT": hold}
    texts = {f"{tool}.rule": RULE.format(tool=tool, lines="").replace("clerk", f"{tool}_clerk") for tool in wanted}
    compiled = await shop.engine.publish(texts)
    assert not compiled.errors, compiled.errors
    await shop.placed(7)
    dying = await mortal(settings)
    await asyncio.wait_for(held.wait(), 20)
    dying.kill()
    await dying.wait()
    async with shop.working():
        runs = await shop.ended(3, within=20)
    assert {run.rule: run.status for run in runs} == {"tag": "done", "ship": "done", "remark": "unknown"}
    sent = [each.path.split("/")[-1] for each in acted(shop)]
    assert sorted(sent) == ["gold", "gold", "remarks", "shipments"]
    effects = [each.effect_id for each in asked(shop)]
    assert len(effects) == len(set(effects)) == 5


async def test_a_trial_that_is_live_takes_the_turns_and_another_asks_nobody(shop):
    model(shop, "tag", {"order": 7, "tag": "gold"})
    world = await shop.engine.world()
    text = RULE.format(tool="tag", lines="  budget 0.1 usd per month\n")
    program = compile_files({"a.rule": text}, world).program
    given = {"id": 7, "total": 2000, "version": None}
    for live, log in ((None, "<said>"), (shop.engine, 'It gave {"id":7,')):
        tried = await try_event(program, world, "acme.order_placed", given, live=live)
        assert [each.input for each in tried.runs[0].steps if each.what == "log" and each.node != "ask"] == [log]
        assert len(asked(shop)) == (2 if live else 0)
    wait = shop.engine.store.take_limit(
        "agent clerk per month", "null", Decimal("0.1"), Decimal("0.099"), 9e5, new_id()
    )
    assert await wait > 0
