from __future__ import annotations

import pytest

from treadle.dsl.catalogue import Catalogue
from treadle.runtime.engine import EventInvalid
from treadle.runtime.host import PluginHost
from treadle.runtime.tryout import try_file

RULES = """\
use acme

rule "Big orders"
  when acme.order_placed as order
  where order.total > 1000
  do
    found = acme.get_order(order: order.id)
    acme.tag(order: found.id, tag: "gold")
    start "Later"(order: order)

sequence "Later"(order: acme.Order)
  do
    wait 2 days
    acme.remark(order: order.id, text: "two days on")
"""


@pytest.fixture
def catalogue():
    from acme import plugin

    return Catalogue(plugins=PluginHost.of([plugin]).specs)


async def tried(catalogue, data):
    return await try_file({"big.rule": RULES}, catalogue, "acme.order_placed", data)


async def test_a_rule_that_fires_shows_each_step_and_jumps_over_waits(catalogue):
    tryout = await tried(catalogue, {"id": 7, "total": 2000})
    assert [(rule.rule, rule.outcome) for rule in tryout.rules] == [("Big orders", "fired")]
    rule, sequence = tryout.runs
    assert [step.what for step in rule.steps] == ["acme.get_order", "acme.tag", "start"]
    assert rule.steps[1].input == {"order": 0, "tag": "gold"}
    assert not any(step.sent for step in rule.steps)
    assert [step.what for step in sequence.steps] == ["wait", "acme.remark"]
    assert (sequence.steps[1].at - sequence.steps[0].at).days == 2
    assert {run.status for run in tryout.runs} == {"done"}


async def test_a_rule_that_does_not_fire_says_why(catalogue):
    tryout = await tried(catalogue, {"id": 7, "total": 20})
    assert tryout.runs == []
    assert tryout.rules[0].why == "order.total > 1000 does not hold: order.total is 20"


async def test_a_trigger_that_is_not_there_is_said(catalogue):
    with pytest.raises(EventInvalid):
        await try_file({"big.rule": RULES}, catalogue, "acme.nothing", {})


async def test_events_of_ones_own_and_webhooks_can_be_tried(catalogue):
    text = 'event ready\n  id: int\n\nrule "R"\n  when ready as r\n  do\n    log "{r.id}"\n'
    tryout = await try_file({"a.rule": text}, catalogue, "event.ready", {"id": 5})
    assert [(step.what, step.input) for step in tryout.runs[0].steps] == [("log", "5")]
    hook = 'rule "H"\n  when webhook "signup" as hook\n  do\n    log "{hook.text}"\n'
    data = {"json": {}, "text": "hi", "headers": {}, "query": {}}
    tryout = await try_file({"a.rule": hook}, catalogue, "webhook.signup", data)
    assert [step.input for step in tryout.runs[0].steps] == ["hi"]
    with pytest.raises(EventInvalid):
        await try_file({"a.rule": hook}, catalogue, "event.ready", {})
