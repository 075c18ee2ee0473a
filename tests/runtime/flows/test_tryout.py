from __future__ import annotations

import pytest

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import compile_files
from treadle.runtime.engine import EventInvalid
from treadle.runtime.host import PluginHost
from treadle.runtime.tryout import explain_event, try_event, try_start

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


def program(catalogue, text=RULES):
    compiled = compile_files({"big.rule": text}, catalogue)
    assert compiled.program is not None, compiled.errors
    return compiled.program


async def tried(catalogue, data):
    return await try_event(program(catalogue), catalogue, "acme.order_placed", data)


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
        await try_event(program(catalogue), catalogue, "acme.nothing", {})


async def test_what_is_not_there_is_no_trigger(catalogue):
    hook = 'rule "H"\n  when webhook "signup" as hook\n  do\n    log "{hook.text}"\n'
    for trigger in ("event.ready", "ready", "webhook.other", "webhook", "acme"):
        with pytest.raises(EventInvalid):
            await try_event(program(catalogue, hook), catalogue, trigger, {})


MORE = (
    RULES
    + """
event done
  id: int

rule "Own"
  when done as d
  where d.id > 3
  do
    log "{d.id}"

rule "Hook"
  when webhook "w" as hook
  do
    log text(hook.json["a"])

rule "Clock"
  when every 15 min
  do
    log "tick"

rule "Hand"
  off
  when by hand (moment: datetime, note: text?)
  do
    log "{moment.hour} {note ?? "none"}"
"""
)


@pytest.mark.parametrize(
    ("trigger", "data", "rule", "line"),
    [
        ("done", {"id": 4}, "Own", "4"),
        ("event.done", {"id": 4}, "Own", "4"),
        ("webhook.w", {"json": {"a": "b"}}, "Hook", "b"),
    ],
)
async def test_events_of_every_kind(catalogue, trigger, data, rule, line):
    tryout = await try_event(program(catalogue, MORE), catalogue, trigger, data)
    assert [(each.rule, each.outcome) for each in tryout.rules] == [(rule, "fired")]
    assert [step.input for step in tryout.runs[0].steps] == [line]


@pytest.mark.parametrize(
    ("name", "args", "line"),
    [("Clock", {}, "tick"), ("Hand", {"moment": "2026-01-05T10:00:00Z"}, "10 none")],
)
async def test_rules_that_hear_no_event_are_started(catalogue, name, args, line):
    (run,) = (await try_start(program(catalogue, MORE), catalogue, name, args)).runs
    assert (run.name, run.status, [step.input for step in run.steps]) == (name, "done", [line])


async def test_a_sequence_is_started(catalogue):
    (run,) = (await try_start(program(catalogue), catalogue, "Later", {"order": {"id": 7, "total": 1}})).runs
    assert [step.what for step in run.steps] == ["wait", "acme.remark"]


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("Nobody", {}, 'there is no rule or sequence "Nobody"'),
        ("Big orders", {}, '"Big orders" is started by an event'),
        ("Hand", {}, '"Hand" needs moment'),
        ("Hand", {"moment": "2026-01-05T10:00:00Z", "x": 1}, '"Hand" takes moment, note, not moment, x'),
    ],
)
async def test_what_cannot_be_started(catalogue, name, args, message):
    with pytest.raises(EventInvalid, match=message):
        await try_start(program(catalogue, MORE), catalogue, name, args)


async def test_every_rule_is_explained(catalogue):
    told = await explain_event(program(catalogue, MORE), catalogue, "acme.order_placed", {"id": 7, "total": 20})
    assert [(each.rule, each.outcome, each.why) for each in told] == [
        ("Big orders", "filtered", "order.total > 1000 does not hold: order.total is 20"),
        ("Own", "unheard", "it hears event.done"),
        ("Hook", "unheard", "it hears webhook.w"),
        ("Clock", "unheard", "it hears the clock"),
        ("Hand", "unheard", "it hears a button"),
    ]


async def test_what_suppresses_a_rule_is_explained(catalogue):
    text = """\
use acme

rule "First"
  when acme.order_placed as order
  priority 5
  stop after
  do
    log "x"

rule "Second"
  when acme.order_placed as order
  do
    log "y"

rule "Sleeping"
  off
  when acme.order_placed as order
  do
    log "z"
"""
    told = await explain_event(program(catalogue, text), catalogue, "acme.order_placed", {"id": 7, "total": 20})
    assert [(each.rule, each.outcome, each.why) for each in told] == [
        ("First", "fired", None),
        ("Second", "suppressed", "a rule before it fired on this event and stops those after it"),
        ("Sleeping", "suppressed", "the rule is off"),
    ]


async def test_a_call_that_gives_any_json_stands_for_the_first_that_it_was_given():
    catalogue = Catalogue(plugins=PluginHost.load(only={"treadle"}).specs)
    text = (
        'use treadle\nevent asked\n  id: int\nrule "R"\n  when asked as a\n  do\n'
        '    seller = treadle.next_of(key: "sellers", items: [0, 1])\n    log "{text(seller)}"\n'
    )
    tryout = await try_event(program(catalogue, text), catalogue, "event.asked", {"id": 1})
    (run,) = tryout.runs
    assert (run.status, run.steps[-1].input) == ("done", "0")


async def test_an_event_that_leads_to_no_end_is_said_to(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.runtime.virtual._MOST_CLAIMS", 100)
    text = (
        "event asked\n  id: int\n\n"
        'rule "Loud"\n  when asked as it_was\n  do\n'
        '    for each word in ["a", "b"]\n      log word\n      emit asked {id: it_was.id}\n'
    )
    with pytest.raises(EventInvalid, match='more than 100 steps are due at one moment, most in "Loud"'):
        await try_event(program(catalogue, text), catalogue, "event.asked", {"id": 1})
