"""Publishing another version while runs wait, with each word for what becomes of them: stay, move, restart."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from simulator.extras.shape import Extra
from simulator.found import Found, called
from simulator.remote import at_once
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import Compiled
from treadle.runtime.engine import Engine, Policy, Published
from treadle.runtime.ports import RunRow
from treadle.runtime.publishing import publish_compiled

if TYPE_CHECKING:
    from simulator.people import People

_PROMPT = 10.0
"""Seconds within which everybody has heard of it."""
_END = """    shop.tag(order: order.id, label: "p:2")
"""
_RULES = (
    """
rule "P"
  when shop.placed as order
  do
    wait 4 s
    shop.tag(order: order.id, label: "p:1")
    wait 8 s
"""
    + _END
)


def _text(_: Random) -> str:
    return _RULES


def _second(text: str) -> str:
    return text.replace(_END, _END + _END.replace("p:2", "p:3"))


def _deeds(people: People) -> Iterator[Coroutine[Any, Any, None]]:
    yield _publishes(people, people.dice.choice(["stay", "move", "restart"]))


async def _publishes(people: People, policy: Policy) -> None:
    compiled = people.played.rules.second
    assert compiled is not None, "the set has this extra"
    await asyncio.sleep(people.dice.uniform(3, 30))
    people.said("published", (policy, people.now()))
    await people.told(partial(_publish, compiled, policy))
    people.said("published", (policy, people.now()))


async def _publish(compiled: Compiled, policy: Policy, engine: Engine) -> Published:
    world, sources = Catalogue(plugins=engine.host.specs), {"a.rule": "the second"}
    return await publish_compiled(engine.store, engine.live, engine.webhooks, sources, compiled, world, policy=policy)


def _law(found: Found) -> Iterator[str]:
    """Each order has one run that counts, which does what its own version says; who began anew had done nothing."""
    (policy, asked), (_, told) = found.played.said["published"]
    second = found.played.rules.second
    assert second is not None, "the set has this extra"
    new = next(each.version() for each in second.partial if each.name == "P")
    did = Counter(each.what.split(" ", 1)[1] for each in found.played.service.effects)
    for sent in found.played.sent:
        if sent.item["kind"] != "placed":
            continue
        event = at_once(found.played.store.event(sent.ids[0]))
        runs = [run for run in found.of_rule("P") if run.event_id == event.id]
        counts = [run for run in runs if not _gave_way(run)]
        if len(counts) != 1 or (policy != "restart" and len(runs) != 1):
            yield f"{sent.item['key']} has {len(counts)} runs that count, of {len(runs)}"
            continue
        (run,) = counts
        if (event.received_at - told).total_seconds() > _PROMPT and run.graph != new:
            yield f"{called(run)} is on the old version, and its event came at {event.received_at}"
        if run.graph == new and policy == "stay" and event.received_at < asked:
            yield f"{called(run)} is on the new version, and it was there before"
        yield from _does_what_it_says(found, run, did, thrice=run.graph == new)
        for old in runs:
            if _gave_way(old) and any(each.effect is not None for each in found.steps[old.id]):
                yield f"{called(old)} was begun anew and had done something"


def _gave_way(run: RunRow) -> bool:
    return run.error is not None and run.error.code == "republished"


def _does_what_it_says(found: Found, run: RunRow, did: Counter[str], *, thrice: bool) -> Iterator[str]:
    order = found.orders[run.id]
    got = {label for label in ("p:1", "p:2", "p:3") if did[f"{order} {label}"]}
    wanted = {"p:1", "p:2", "p:3"} if thrice else {"p:1", "p:2"}
    if got - wanted or (found.clean(run) and got != wanted):
        yield f"{called(run)} did {sorted(got)} of {sorted(wanted)}"


PUBLISH = Extra(name="publish", text=_text, second=_second, law=_law, deeds=_deeds)
