"""The whole language, run by workers on Postgres: every step once, and a window that holds effects back."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import msgspec
from aiohttp import web
from sink import never

from treadle.dsl import graph as g
from treadle.runtime.windows import SPREAD

EVERY_STEP = """use acme

event packed
  order: int

agent clerk
  model acme "cheap"
  instructions "Be brief."

sequence "Pack"(order: int)
  one at a time per order else queue
  do
    emit packed {order: order}
    return order + 1

sequence "Wait long"(order: int)
  one at a time per order else queue
  do
    wait 30 days

rule "All"
  when acme.order_placed as order
  do
    start "Wait long"(order: order.id)
    half = order.total / 2
    wait 0.05 s
    wait until now + 0.05 s
    together
      acme.tag(order: order.id, tag: "a")
      acme.tag(order: order.id, tag: "b")
    for each number in [1, 2, 3] up to 2 at once
      acme.tag(order: number, tag: "loop")
    try
      acme.get_order(order: order.id) timeout 0.2 s no retry
    on error as e
      acme.remark(order: order.id, text: "{e.code}")
    next = run "Pack"(order: order.id)
    match next
      case 8
        said = ask clerk "Order {next}"
      else
        fail "no such case"
    ok = approve "Order {next}?" by "manager" up to 1 day
    on timeout
      ok = false
    wait for acme.order_changed as change where change.id == order.id up to 0.1 s
    on timeout
      log "nothing came"
    cancel "Wait long" for order.id
    if ok
      log "{half} {said}"
      stop
"""
SEEN = """
rule "Packed"
  when packed as box
  do
    acme.remark(order: box.order, text: "packed")
    fail "seen"
"""
WINDOWED = """use acme

calendar off_days
  {today}

rule "Held"
  when acme.order_placed as order
  only during day {start}-{end} in "UTC" except off_days
  do
    log "not held"
    acme.tag(order: order.id, tag: "x")

rule "Open"
  when acme.order_placed as order
  only during day {end}-{start} in "UTC"
  do
    acme.tag(order: order.id, tag: "open")
"""


async def publish(shop, text):
    compiled = await shop.engine.publish({"a.rule": text})
    assert not compiled.errors, compiled.errors


async def test_every_step_of_the_language(shop):
    async def answer(_, __):
        return web.json_response({"text": "fine", "cost": 0.001})

    shop.sink.answers |= {"POST /ask": answer, "GET /orders": never}
    await publish(shop, EVERY_STEP + SEEN)
    await shop.placed(7)
    async with shop.working():
        (row,) = await shop.until(shop.engine.store.approvals, 20)
        await shop.engine.store.decide(row.id, "ana", approved=True)
        shop.engine.bell.ring()
        (run,) = await shop.ended(1, rule="All", within=20)
        (waiting,) = await shop.ended(1, rule="Wait long")
        (packed,) = await shop.ended(1, rule="Packed")
    assert (run.status, waiting.error.code, packed.error.message) == ("done", "cancelled", "seen")
    logs = [step.input for step in await shop.engine.store.steps(run.id) if step.what == "log"]
    assert logs[-2:] == [b'"nothing came"', b'"1000 fine"']
    said = [each.data["text"] for each in shop.sink.writes() if each.path == "/orders/7/remarks"]
    assert sorted(said) == ["packed", "timeout"]
    kinds = {type(node) for program in shop.engine.live.programs() for node in program.graph.nodes.values()}
    assert kinds == set(get_args(g.Node)), "a step that is new is played here too"


async def test_a_window_holds_effects_until_it_opens_on_a_day_that_is_not_off(shop):
    now = await shop.engine.store.now()
    opens, shuts = now + timedelta(hours=1), now + timedelta(hours=12)
    text = WINDOWED.format(today=f"{opens:%Y-%m-%d}", start=f"{opens:%H:%M}", end=f"{shuts:%H:%M}")
    await publish(shop, text)
    await shop.deliver(*({"kind": "placed", "id": number, "total": 1} for number in range(5)))
    async with shop.working():
        await shop.ended(5, rule="Open")

        async def held():
            rows = await shop.runs(rule="Held", status="waiting")
            return rows if len(rows) == 5 and (await shop.engine.store.load()).claimed == 0 else None

        rows = await shop.until(held)
    opening = opens.replace(second=0, microsecond=0) + timedelta(days=1)
    assert all(opening <= row.due_at < opening + SPREAD for row in rows)
    assert len({row.due_at for row in rows}) == 5, "they do not all begin at once"
    assert {each.path.rsplit("/", 1)[1] for each in shop.sink.writes()} == {"open"}
    states = [msgspec.json.decode(await shop.engine.store.state(row.id)) for row in rows]
    assert {state["rest"]["kind"] for state in states} == {"window"}
