"""Rules on, off and rehearsing, beside what their texts say. Owns the words for it and the stopping of runs.

A switch is one row that every process hears of within a second. Off, the runs of the rule end as stopped: those that
rest in one commit for all, those that a worker has, or whose call is open, by that worker, before their next step.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.dsl.spelling import suggest
from treadle.runtime.firing import keys_of, upcoming
from treadle.runtime.ids import new_id
from treadle.runtime.live import LiveRules
from treadle.runtime.ports import End, Fault, Store, Transition
from treadle.runtime.webhooks import Webhooks

State = Literal["on", "off", "rehearse"]
RULE_OFF = Fault("rule_off", "the rule was switched off")

_AT_ONCE = 10_000  # runs that end in one commit


class RuleUnknown(Exception):
    """No live rule has this name; the message names one that is near."""


class SaysOtherwise(Exception):
    """The text of the rule says `off` or `rehearse`, which no switch takes back."""


class WebhookView(msgspec.Struct, frozen=True):
    """The address of a `when webhook` line: a path below the server's own, to be posted to. It holds the secret."""

    name: str
    address: str


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A live rule. `state` is what holds: `text` is what its text says, `switch` what somebody switched it to.

    `hears` are the events, by their full names. `next` is when a schedule of it fires next.
    """

    name: str
    file: str
    line: int
    state: State
    text: State
    switch: Literal["off", "rehearse"] | None
    hears: list[str]
    webhooks: list[WebhookView]
    next: datetime | None


class Switched(msgspec.Struct, frozen=True):
    """The rule as it is now, and how many runs of it were ended, or told to end before their next step."""

    rule: RuleView
    stopped: int


def list_rules(live: LiveRules, webhooks: Webhooks, now: datetime) -> list[RuleView]:
    """The live rules, as their files have them."""
    rules = [graph for (kind, _), graph in live.graphs().items() if kind == "rule"]
    return [_view(each, live, webhooks, now) for each in sorted(rules, key=lambda each: (each.file, each.span.line))]


async def switch(store: Store, live: LiveRules, name: str, to: State) -> None:
    """Write the switch. Raises `RuleUnknown` and `SaysOtherwise`."""
    graph = _rule(live, name)
    said = _said(graph)
    if (said == "off" and to != "off") or (said == "rehearse" and to == "on"):
        raise SaysOtherwise(f'the text of "{name}" says `{said}`; take that line out and publish it')
    begins = sorted(keys_of([graph])) if live.is_off(graph) and to != "off" else []
    await store.switch_rule(name, None if to == "on" else to, begins=begins)


async def stop_runs(store: Store, rule: str) -> int:
    """End the runs of a rule that is off; how many. Harmless to repeat."""
    found = await store.live_runs(rule)
    ends = [
        Transition(run_id=run.run_id, epoch=run.epoch, then=End("stopped", RULE_OFF)) for run in found if not run.busy
    ]
    fenced: set[UUID] = set()
    for first in range(0, len(ends), _AT_ONCE):
        fenced |= await store.commit(ends[first : first + _AT_ONCE])
    busy = [run.run_id for run in found if run.busy or run.run_id in fenced]
    if busy:
        await store.order_end(busy, new_id(), RULE_OFF)
    return len(found)


def _rule(live: LiveRules, name: str) -> Graph:
    rules = {each: graph for (kind, each), graph in live.graphs().items() if kind == "rule"}
    if name in rules:
        return rules[name]
    near = suggest(name, rules)
    raise RuleUnknown(f'there is no live rule "{name}"' + (f'; did you mean "{near}"?' if near else ""))


def _said(graph: Graph) -> State:
    return "off" if graph.off else "rehearse" if graph.rehearse else "on"


def _view(graph: Graph, live: LiveRules, webhooks: Webhooks, now: datetime) -> RuleView:
    text, switched = _said(graph), live.switches.get(graph.name)
    state: State = "off" if "off" in (text, switched) else "rehearse" if "rehearse" in (text, switched) else "on"
    opened = (webhooks.find(each.trigger) for each in graph.webhooks)
    return RuleView(
        name=graph.name,
        file=graph.file,
        line=graph.span.line,
        state=state,
        text=text,
        switch=switched,
        hears=[each.full for each in graph.hears],
        webhooks=[WebhookView(each.name, each.address) for each in opened if each is not None],
        next=_next(graph, now) if state != "off" else None,
    )


def _next(graph: Graph, now: datetime) -> datetime | None:
    found = (upcoming(graph.name, each, now) for each in graph.schedules)
    return min((each for each in found if each is not None), default=None)
