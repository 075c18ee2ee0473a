"""Runs with several places at once, on the real store and real workers, with deaths in the middle."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from mortals import dies

HEAD = 'use acme\n\nrule "R"\n  when acme.order_placed as order\n  do\n'


async def publish(shop, body):
    text = HEAD + "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def only_run(shop):
    (row,) = await shop.ended(1)
    return row


async def logged(shop, row):
    lines = [step.input for step in await shop.engine.store.steps(row.id) if step.what == "log"]
    return [each for each in lines if each.startswith(b'"')]  # a plugin's own lines are objects


async def test_branches_of_together_are_under_way_at_once(shop):
    both = asyncio.Barrier(2)

    async def together(seen, before):
        async with asyncio.timeout(5):
            await both.wait()
        return web.json_response({"id": 7, "total": len(seen.path)})

    shop.sink.answers["GET /orders/"] = together
    await publish(
        shop,
        """
together
  a = acme.get_order(order: 1)
  b = acme.get_order(order: 22)
log "{a.total} {b.total}"
""",
    )
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    assert await logged(shop, row) == [b'"9 10"']


async def test_a_loop_has_so_many_under_way_and_no_more(shop):
    under_way, most = 0, 0

    async def slow(seen, before):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return web.json_response({"id": 7})

    shop.sink.answers["PUT /orders/"] = slow
    await publish(shop, 'for each n in [1, 2, 3, 4, 5] up to 2 at once\n  acme.tag(order: n, tag: "x")')
    await shop.placed()
    async with shop.working():
        row = await only_run(shop)
    assert (row.status, most, len(shop.sink.writes())) == ("done", 2, 5)
    assert len({seen.effect_id for seen in shop.sink.writes()}) == 5


async def test_a_failure_meets_its_handler_and_the_run_goes_on_after_a_wait(shop):
    await publish(
        shop,
        """
try
  together
    acme.refuse(secret: "s")
    wait 0.3 s
on error as e
  log "{e.code} {e.unknown}"
wait until now + 0.2 s
match order.id
  case 1
    log "one"
""",
    )
    await shop.placed(1)
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    assert await logged(shop, row) == [b'"nope false"', b'"one"']


async def test_a_rehearsal_records_its_effects_and_sends_nothing(shop):
    text = HEAD.replace("  do\n", '  rehearse\n  do\n    acme.remark(order: order.id, text: "hi")\n    log "on"\n')
    assert not (await shop.engine.publish({"a.rule": text})).errors
    await shop.placed(1)
    async with shop.working():
        row = await only_run(shop)
    assert await shop.history(row) == [("acme.remark", "done"), ("log", "done")]
    assert shop.sink.writes() == []


DOUBTFUL = """
try
  together
    acme.remark(order: order.id, text: "hi")
    acme.tag(order: order.id, tag: "a")
    acme.tag(order: order.id, tag: "b")
  log "fine"
on error as e
  log "{e.step} {e.unknown}"
"""


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_intent", "after_send", "after_outcome"])
async def test_a_worker_dies_with_several_calls_open(shop, settings, point):
    await publish(shop, DOUBTFUL)
    await shop.placed(1)
    await dies(settings, point)
    async with shop.working():
        row = await only_run(shop)
    assert row.status == "done"
    steps = {step.input: step for step in await shop.engine.store.steps(row.id) if step.effect is not None}
    remark = steps.pop(b'{"order":1,"text":"hi"}')
    sent = [seen.path for seen in shop.sink.writes()]
    assert sent.count("/orders/1/remarks") <= 1
    assert remark.state in ("unknown", "done")
    assert [step.state for step in steps.values()] == ["done", "done"]
    for tag, step in zip("ab", steps.values(), strict=True):
        effects = {seen.effect_id for seen in shop.sink.writes() if seen.path.endswith(f"/tags/{tag}")}
        assert effects == {str(step.id)}
    (line,) = await logged(shop, row)
    assert line == (b'"fine"' if remark.state == "done" else f'"{remark.node} true"'.encode())
