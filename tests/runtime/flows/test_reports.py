"""The platform's own events, emitted by real workers: once each, in the commit that causes them, never to oneself."""

from __future__ import annotations

from collections import Counter

import pytest
from acme import plugin
from mortals import dies
from sink import never

from treadle.dsl import values
from treadle.runtime.builtin import plugin as treadle
from treadle.runtime.host import PluginHost
from treadle.runtime.ports import EventFilter

FAILS = """use acme

rule "Fails"
  when acme.order_placed as order
  do
    acme.refuse(secret: "{order.id}")
"""
WATCHES = """use acme
use treadle

rule "Watches"
  when treadle.run_failed as failure
  do
    acme.tag(order: failure.failed_last_5_min, tag: failure.rule)
"""


@pytest.fixture
def host() -> PluginHost:
    return PluginHost.of([plugin, treadle])


async def publish(shop, **files):
    compiled = await shop.engine.publish({f"{name}.rule": text for name, text in files.items()})
    assert not compiled.errors, compiled.errors


async def told(shop, name):
    """What was said, the oldest first."""
    found = await shop.engine.store.events(EventFilter(trigger=f"treadle.{name}", limit=500))
    return [values.decode(each.data) for each in reversed(found)]


async def idle(shop):
    """Nothing is left to do: what a commit says starts its runs in that commit."""
    load = await shop.engine.store.load()
    return load.due == load.claimed == 0


async def test_a_run_that_fails_is_told_once_with_all_that_is_promised(shop):
    await publish(shop, fails=FAILS, watches=WATCHES)
    await shop.placed(7)
    async with shop.working():
        rows = await shop.ended(2)
    failed = next(row for row in rows if row.rule == "Fails")
    (said,) = await told(shop, "run_failed")
    assert said.pop("at")
    assert said == {
        "rule": "Fails",
        "run": str(failed.id),
        "code": "nope",
        "message": failed.error.message,
        "step": (await shop.engine.store.steps(failed.id))[0].node,
        "entity": "acme.order:7",
        "failed_last_5_min": 1,
    }
    (event,) = await shop.engine.store.events(EventFilter(trigger="treadle.run_failed"))
    assert (event.cause, event.hops, event.entity) == (failed.id, 1, f"treadle.run:{failed.id}")
    assert [each.path for each in shop.sink.writes()] == ["/orders/1/tags/Fails"]


async def test_each_of_many_failures_has_its_own_count(shop):
    await publish(shop, fails=FAILS)
    for order in range(1, 13):
        await shop.placed(order)
    async with shop.working(), shop.working():
        await shop.ended(12)
    said = await told(shop, "run_failed")
    assert sorted(each["failed_last_5_min"] for each in said) == list(range(1, 13))
    (new,) = await told(shop, "new_error")
    assert (new["rule"], new["code"]) == ("Fails", "nope")


async def test_an_error_is_new_when_its_rule_or_its_code_is(shop):
    await publish(
        shop,
        fails=FAILS,
        again=FAILS.replace("Fails", "Again").replace("refuse", "stumble").replace('secret: "{order.id}"', ""),
    )
    for order in (1, 2, 3):
        await shop.placed(order)
    async with shop.working():
        await shop.ended(6)
    assert Counter((each["rule"], each["code"]) for each in await told(shop, "new_error")) == {
        ("Fails", "nope"): 1,
        ("Again", "plugin_error"): 1,
    }


async def test_a_rule_does_not_hear_of_itself_nor_of_what_it_started(shop):
    inner = 'sequence "Inner" (order: int)\n  do\n    acme.refuse(secret: "s")\n'
    watches = WATCHES.replace(
        "acme.tag(order: failure.failed_last_5_min, tag: failure.rule)", 'start "Inner" (order: 1)'
    )
    await publish(shop, fails=FAILS, watches=watches + "\n" + inner, other=WATCHES.replace("Watches", "Other"))
    await shop.placed(1)
    async with shop.working():
        await shop.until(lambda: idle(shop))
    ran = Counter((row.rule, row.status) for row in await shop.runs())
    assert ran == {("Fails", "failed"): 1, ("Watches", "done"): 1, ("Inner", "failed"): 1, ("Other", "done"): 2}


async def test_rules_that_watch_each_other_and_fail_come_to_an_end(shop):
    broken = WATCHES.replace(
        "acme.tag(order: failure.failed_last_5_min, tag: failure.rule)", 'acme.refuse(secret: "s")'
    )
    await publish(shop, fails=FAILS, **{name: broken.replace("Watches", name) for name in ("a", "b", "c")})
    await shop.placed(1)
    async with shop.working():
        await shop.until(lambda: idle(shop))
    assert Counter(row.rule for row in await shop.runs()) == {"Fails": 1, "a": 3, "b": 3, "c": 3}


@pytest.mark.slow
async def test_a_doubt_is_told_once_whoever_dies(shop, settings):
    refuses = 'acme.refuse(secret: "{order.id}")'
    remarks = 'acme.remark(order: order.id, text: "t") timeout 0.2 s'
    await publish(shop, doubts=FAILS.replace(refuses, remarks))
    shop.sink.answers["POST"] = never
    await shop.placed(2)
    await dies(settings, "after_outcome", within=30)
    async with shop.working():
        (row,) = await shop.ended(status="unknown")
    (said,) = await told(shop, "unknown_effect")
    assert {name: said[name] for name in ("rule", "run", "action")} == {
        "rule": "Fails",
        "run": str(row.id),
        "action": "acme.remark",
    }
    assert said["step"]
    assert said["message"]
