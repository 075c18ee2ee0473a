"""`when webhook`: others post to an address of the rules' own, with a key of theirs, until they are answered."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Coroutine, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from simulator.extras.shape import Extra
from simulator.found import Found

if TYPE_CHECKING:
    from simulator.people import People

NAME = "till"
SECRET = "a-till-that-nobody-guesses"

_RULES = """
rule "W"
  when webhook "till" as hook
  do
    shop.tag(order: 50, label: "w:{text(hook.json["sale"])}")
    wait 2 s
    shop.ship(order: 50, label: "w:{text(hook.json["sale"])}-{hook.query["at"] ?? "nowhere"}")
"""


def _text(_: Random) -> str:
    return _RULES


def _deeds(people: People) -> Iterator[Coroutine[Any, Any, None]]:
    for number in range(1, 4):
        yield _posts(people, number, people.dice.uniform(1.0, 30.0))


async def _posts(people: People, number: int, after: float) -> None:
    await asyncio.sleep(after)
    headers = {"content-type": "application/json", "idempotency-key": f"sale-{number}"}
    body = json.dumps({"sale": number}).encode()
    for _ in range(1 + people.played.faults.repeats()):
        told = await people.told(lambda engine: engine.receive_web(NAME, SECRET, headers, "at=desk", body))
        people.said("sales", (number, told.events))


def _law(found: Found) -> Iterator[str]:
    """What was answered is one event with one run, which did what it says."""
    heard: dict[int, set[Any]] = {}
    for number, events in found.played.said["sales"]:
        heard.setdefault(number, set()).update(events)
    did = Counter(each.what for each in found.played.service.effects)
    for number in range(1, 4):
        if len(events := heard.get(number, set())) != 1:
            yield f"sale {number} is {len(events)} events"
        runs = [run for run in found.of_rule("W") if run.event_id in events]
        if len(runs) != 1:
            yield f"sale {number} has {len(runs)} runs"
        wanted = {f"tags 50 w:{number}", f"shipments 50 w:{number}-desk"}
        if runs and found.clean(runs[0]) and not wanted <= did.keys():
            yield f"sale {number} did not get {sorted(wanted - did.keys())}"
    if len(runs := found.of_rule("W")) > 3:
        yield f"three sales have {len(runs)} runs"


WEBHOOK = Extra(name="webhook", text=_text, law=_law, deeds=_deeds)
