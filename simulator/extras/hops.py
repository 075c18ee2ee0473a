"""Events of one's own that wake each other: the chain is followed to its limit, and no further."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from simulator.extras.shape import Extra
from simulator.found import Found, called
from treadle.runtime.advance import MOST_HOPS

if TYPE_CHECKING:
    from simulator.people import People

EVENT = UUID(int=0x70_00_8000_0000_0000_0001)

_RULES = """
event ping
  round: int

event pong
  round: int

rule "X"
  when ping as p
  where p.round < 99
  do
    emit pong {round: p.round + 1}

rule "Y"
  when pong as p
  where p.round < 99
  do
    emit ping {round: p.round + 1}
"""


def _text(_: Random) -> str:
    return _RULES


def _deeds(people: People) -> Iterator[Coroutine[Any, Any, None]]:
    yield _puts_in(people)


async def _puts_in(people: People) -> None:
    """The same event again, until it is answered."""
    await asyncio.sleep(people.dice.uniform(1, 20))
    await people.told(lambda engine: engine.put_event("event.ping", {"round": 0}, EVENT))


def _law(found: Found) -> Iterator[str]:
    """One run each hop; the one beyond the limit fails and wakes nobody."""
    runs = sorted([*found.of_rule("X"), *found.of_rule("Y")], key=lambda run: run.hops)
    for hops, times in Counter(run.hops for run in runs).items():
        if times > 1:
            yield f"{times} runs are {hops} hops away"
    if len(runs) != MOST_HOPS + 2:
        yield f"the chain is {len(runs)} runs long"
    for run in runs:
        code = run.error.code if run.error else None
        wanted = ("failed", "too_many_hops") if run.hops > MOST_HOPS else ("done", None)
        if (run.status, code) not in (wanted, ("failed", "crashed")):
            yield f"{called(run)}, {run.hops} hops away, is {run.status} {code}"


HOPS = Extra(name="hops", text=_text, law=_law, deeds=_deeds, troubled=("X", "Y"))
