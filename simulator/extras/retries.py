"""`runs retry`: runs that are over begin again, from their first step or from a later one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from simulator.extras.shape import Extra
from simulator.found import Found, called
from treadle.runtime.engine import Engine
from treadle.runtime.ports import RunFilter
from treadle.runtime.retrying import CannotRetry, retry

if TYPE_CHECKING:
    from simulator.people import People

_RULES = """
rule "R"
  when shop.placed as order
  do
    shop.tag(order: order.id, label: "r:1")
    wait 2 s
    shop.remark(order: order.id, label: "r:2")
    shop.ship(order: order.id, label: "r:3")
    if order.id == 1
      fail "one is too few"
"""


class Retried(msgspec.Struct, frozen=True):
    """A retry that somebody was told of: the run, from which step, the new run, and whether it may repeat."""

    run: UUID
    begin: int | None
    new: UUID
    repeat: bool


def _text(_: Random) -> str:
    return _RULES


def _deeds(people: People) -> Iterator[Coroutine[Any, Any, None]]:
    yield _retries(people)


async def _retries(people: People) -> None:
    for _ in range(people.dice.randint(2, 4)):
        await asyncio.sleep(people.dice.uniform(4, 12))
        runs = await people.ask(lambda engine: engine.store.runs(RunFilter(rule="R"))) or []
        if not runs:
            continue
        run, begin, repeat = (
            people.dice.choice(runs),
            people.dice.choice([None, 1, 2, 3, 4]),
            people.dice.random() < 0.5,
        )
        new = await people.ask(partial(_retry, run.id, begin, repeat))
        if isinstance(new, UUID):
            people.said("retried", Retried(run.id, begin, new, repeat))
        elif isinstance(new, str) and run.status == "done" and begin is None and repeat:
            people.said("refused", f"{run.id}: {new}")


async def _retry(run_id: UUID, begin: int | None, repeat: bool, engine: Engine) -> UUID | str:  # noqa: FBT001 - partial
    step = None if begin is None else str(begin)
    try:
        return (await retry(engine.store, engine.live, run_id, begin=step, repeat=repeat)).id
    except CannotRetry as cannot:
        return str(cannot)


def _law(found: Found) -> Iterator[str]:
    """Each run does each of its effects once at most; one that begins later does not do again what is behind it."""
    did = _did(found)
    for run_id, times in did.items():
        for label, count in times.items():
            if count > 1:
                yield f"{called(found.runs[run_id])} did {label} {count} times"
        run = found.runs[run_id]
        failed = run.error is not None and run.error.code == "fail"
        if failed != (found.orders.get(run_id) == 1) and all(each.state == "done" for each in found.steps[run_id]):
            yield f"{called(run)} is {run.status}: {run.error}"
    for each in found.played.said["retried"]:
        yield from _repeats(found, each, did)
    for refusal in found.played.said["refused"]:
        yield f"a retry was refused: {refusal}"


def _did(found: Found) -> dict[UUID, Counter[str]]:
    """What each run did, by the labels; what a freeze or a person had sent twice aside."""
    owners = {id_: step.run_id for id_, step in found.calls.items()}
    did: dict[UUID, Counter[str]] = {run.id: Counter() for run in found.of_rule("R")}
    for each in found.played.service.effects:
        run = owners.get(each.effect_id)
        if run in did and each.effect_id not in found.played.service.gaps | found.sent_again:
            did[run][each.what.split(" ")[2]] += 1
    return did


def _repeats(found: Found, retried: Retried, did: dict[UUID, Counter[str]]) -> Iterator[str]:
    if retried.new not in did:
        yield f"the retry {retried.new} is not there"
        return
    if not retried.repeat and (again := did[retried.new].keys() & did[retried.run].keys()):
        yield f"the retry {retried.new} did {sorted(again)} once more, and nobody said that it may"
    step = next((one for one in found.steps[retried.run] if one.seq == retried.begin), None)
    behind = {"wait": {"r:1"}, "shop.remark": {"r:1"}, "shop.ship": {"r:1", "r:2"}}
    if again := did[retried.new].keys() & behind.get(step.what if step else "", set()):
        yield f"the retry {retried.new} from step {retried.begin} did {sorted(again)} again"


RETRIES = Extra(name="retries", text=_text, law=_law, deeds=_deeds, troubled=("R",))
