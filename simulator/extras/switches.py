"""Rules switched off and on while runs of theirs work, wait and stand in line."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from simulator.extras.shape import Extra
from simulator.found import Found, called
from simulator.remote import at_once

if TYPE_CHECKING:
    from simulator.people import People

RULES = ("V", "U")
_PROMPT = timedelta(seconds=5)
"""Within so much what was running has ended, and everybody has heard of it."""
_HITS = ("kill", "freeze", "stall", "gap", "statement", "outage")

_RULES = """
rule "V"
  when shop.placed as order
  do
    for each i in [1, 2, 3, 4]
      shop.tag(order: order.id, label: "v:{i}")
      wait 3 s

rule "U"
  when shop.placed as order
  one at a time else queue
  do
    shop.tag(order: order.id, label: "u:1")
    wait 4 s
    shop.tag(order: order.id, label: "u:2")
"""


def _text(_: Random) -> str:
    return _RULES


def _deeds(people: People) -> Iterator[Coroutine[Any, Any, None]]:
    for rule in RULES:
        yield _switches(people, rule, people.dice.uniform(3.0, 25.0), people.dice.uniform(1.0, 20.0))


async def _switches(people: People, rule: str, after: float, pause: float) -> None:
    await asyncio.sleep(after)
    await _switch(people, rule, "off")
    await asyncio.sleep(pause)
    await _switch(people, rule, "on")


async def _switch(people: People, rule: str, to: Literal["on", "off"]) -> None:
    people.said(f"asked {to} {rule}", people.now())
    await people.told(lambda engine: engine.switch_rule(rule, to))
    people.said(f"told {to} {rule}", people.now())


def _law(found: Found) -> Iterator[str]:
    """Off, a rule begins nothing and its runs end; before and behind that it hears everything. What comes while it is
    being switched may fall on either side.
    """
    said, quiet = found.played.said, found.played.faults.seen.keys().isdisjoint(_HITS)
    for rule in RULES:
        (asked,), (off,), (on,) = (said[f"{each} {rule}"] for each in ("asked off", "told off", "asked on"))
        for run in found.of_rule(rule):
            status = run.status
            if run.created_at < asked and status != "unknown" and (run.ended_at is None or run.ended_at > on):
                ended = run.error.code if run.error else ""
                if ended != "rule_off" and not (run.ended_at and _was_at_it(found, run.id, off, on)):
                    yield f"{called(run)} was there when its rule was switched off and is {status} {ended}"
            if quiet:
                late = [
                    each for each in found.steps[run.id] if each.started_at and off + _PROMPT < each.started_at < on
                ]
                if late:
                    yield f"{called(run)} began {late[0].what} at {late[0].started_at}, off since {off}"
        yield from _all_is_heard(found, rule, asked, said[f"told on {rule}"][0])


def _was_at_it(found: Found, run_id: Any, off: datetime, on: datetime) -> bool:
    """Whether a call of it was under way, which is waited for."""
    steps = found.steps[run_id]
    return any(
        each.started_at and each.started_at < off and (not each.ended_at or each.ended_at > off) for each in steps
    )


def _all_is_heard(found: Found, rule: str, off: datetime, on: datetime) -> Iterator[str]:
    for sent in found.played.sent:
        if sent.item["kind"] != "placed":
            continue
        event = at_once(found.played.store.event(sent.ids[0]))
        runs = [run for run in found.of_rule(rule) if run.event_id == event.id]
        meant = event.received_at < off or event.received_at > on + _PROMPT * 2
        if len(runs) > 1 or (meant and len(runs) != 1):
            yield f"{sent.item['key']}, which came at {event.received_at}, has {len(runs)} runs of {rule}"
        for run in runs:
            if run.created_at > on + _PROMPT * 2 and run.error is not None and run.error.code == "rule_off":
                yield f"{called(run)} was ended because its rule is off, and it is on since {on}"


SWITCHES = Extra(name="switches", text=_text, law=_law, deeds=_deeds)
