"""Agents: what a model wants is done once, within its turns and its money, and what a person has to agree to waits.

The model never says the same twice, so that an answer that was asked for again tells itself from the first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec

from simulator.extras.shape import Extra
from simulator.found import ALL, Found, called
from simulator.loop import EPOCH
from simulator.played import CUSTOMERS
from simulator.remote import at_once
from treadle.dsl import values
from treadle.dsl.graph import Agent
from treadle.runtime.agentmemory import Remembered, _place
from treadle.runtime.ports import RunRow, StoredStep

_TURNS = 4
_REMEMBERS = 2
_BUDGET = Decimal("0.02")
_MONEY = Decimal("0.006")
_A_MOMENT = 1.0
_ASK = "ask clerk"

_RULES = """
agent clerk
  model shop "cheap"
  instructions "Be brief."
  tools shop.tag, shop.ship, shop.remark
  {budget}
  turns 4
  memory per order.customer last 2 turns
  approve shop.remark by "staff"

{limit}rule "G"
  when shop.placed as order
  do
    try
      said = ask clerk "Order {order.id}"
      log said
    on error as e
      log "{e.code}"
    shop.tag(order: order.id, label: "g:end")
"""
_LIMIT = """limit "money" at most 0.006 usd spend per 20 s else wait

"""


def _text(dice: Random) -> str:
    spends = dice.random() < 0.5
    budget = dice.choice(["budget 0.02 usd per day", "budget 0.1 usd per run, 0.02 usd per order.customer"])
    return _RULES.replace("{budget}", budget).replace("{limit}", _LIMIT if spends else "")


def _law(found: Found) -> Iterator[str]:
    """See each of them."""
    for run in found.of_rule("G"):
        yield from _turns_are_bounded(found, run)
        yield from _what_was_wanted_is_done(found, run)
    yield from _nothing_is_asked_twice(found)
    yield from _money_is_bounded(found)
    yield from _people_agree(found)
    yield from _memories_are_of_asks(found)


def _asks(found: Found, run: RunRow) -> list[StoredStep]:
    return [each for each in found.steps[run.id] if each.what == _ASK and each.effect is not None]


def _turns_are_bounded(found: Found, run: RunRow) -> Iterator[str]:
    asks = _asks(found, run)
    if len(asks) > _TURNS:
        yield f"{called(run)} asked {len(asks)} times"


def _wanted(step: StoredStep) -> list[str]:
    """The labels of the calls that an answer wants made, those that can be."""
    answer = values.decode(step.output or b"{}")
    calls = answer.get("calls", []) if isinstance(answer, dict) else []
    able = [each for each in calls if each["arguments"].endswith("}") and each["name"] != "shop_give_away"]
    return [msgspec.json.decode(each["arguments"])["label"] for each in able]


def _what_was_wanted_is_done(found: Found, run: RunRow) -> Iterator[str]:
    steps, asks = found.steps[run.id], _asks(found, run)
    ids = {str(each.id): each for each in steps if each.effect is not None and each.what != _ASK}
    did = Counter(each.what.split(" ")[2] for each in found.played.service.effects if each.effect_id in ids)
    wanted = [label for each in asks for label in _wanted(each)]
    for label in did:
        if label not in wanted and label != "g:end":
            yield f"{called(run)} did {label}, which no answer that it has wants"
    answered = any(each.what == "log" and b"said" in (each.input or b"") for each in steps)
    if found.clean(run) and answered:
        missing = [label for label in wanted if label not in did and not label.startswith("g:remark")]
        if missing:
            yield f"{called(run)} has an answer and did not do {missing}"


def _nothing_is_asked_twice(found: Found) -> Iterator[str]:
    """An answer that is written down is not asked for again."""
    gaps = found.played.service.gaps
    ends = {id_: each.ended_at for id_, each in found.calls.items() if each.what == _ASK and each.state == "done"}
    for asked in found.played.service.model.asked:
        ended = ends.get(asked.effect_id)
        if ended is not None and asked.effect_id not in gaps and _at(ended) + _A_MOMENT < asked.at:
            yield f"{asked.effect_id} was answered at {_at(ended):.3f} and asked again at {asked.at:.3f}"
    for effect in sorted({each.effect_id for each in found.played.service.model.asked} - found.calls.keys()):
        yield f"{effect} was asked and is in no history"


def _money_is_bounded(found: Found) -> Iterator[str]:
    """What was charged for turns, a try that nobody heard of again aside, is within the budget of each period."""
    spent: defaultdict[int, Decimal] = defaultdict(Decimal)
    charges = {each.effect_id: each for each in found.played.service.model.asked}
    for effect, charge in charges.items():
        step = found.calls.get(effect)
        if step is not None and step.run_id in found.orders:
            spent[found.orders[step.run_id] % CUSTOMERS] += charge.cost
    per_customer = "per order.customer" in found.played.rules.text.partition("turns 4")[0].rpartition("budget")[2]
    for amount in spent.values() if per_customer else [sum(spent.values(), Decimal(0))]:
        if amount > _BUDGET:
            yield f"{amount} usd were spent of {_BUDGET}"
    if 'limit "money"' in found.played.rules.text and not found.played.faults.seen:
        for charge in charges.values():
            within = sum(each.cost for each in charges.values() if charge.at <= each.at < charge.at + 19.5)
            if within > _MONEY:
                yield f"{within} usd were spent within 20 s of {charge.at:.3f}"


def _people_agree(found: Found) -> Iterator[str]:
    rows = at_once(found.played.store.approvals(open_only=False, limit=ALL))
    agreed = [each.question for each in rows if each.state == "approved"]
    for each in found.played.service.effects:
        _, _, label = each.what.split(" ")
        if label.startswith("g:remark") and not any(f'"{label}"' in question for question in agreed):
            yield f"{each.what} was done, and nobody agreed"


def _memories_are_of_asks(found: Found) -> Iterator[str]:
    """An ask that has its answer is remembered once; the last ones are."""
    graph = next(each.graph for each in found.played.rules.programs if each.graph.name == "G")
    agent: Agent = graph.agents["clerk"]
    for customer in range(CUSTOMERS):
        kept = at_once(found.played.store.get_value(*_place(agent, str(customer))))
        ids: list[UUID] = [each.id for each in msgspec.json.decode(kept, type=list[Remembered])] if kept else []
        runs = [run for run in found.of_rule("G") if found.orders[run.id] % CUSTOMERS == customer]
        done = sum(found.clean(run) and _has_answer(found, run) for run in runs)
        most = sum(bool(_asks(found, run)) for run in runs)
        if len(set(ids)) != len(ids) or not min(done, _REMEMBERS) <= len(ids) <= min(most, _REMEMBERS):
            yield f"of {done} asks of customer {customer} {len(ids)} are remembered, {len(set(ids))} different ones"


def _has_answer(found: Found, run: RunRow) -> bool:
    return any(each.what == "log" and b"said" in (each.input or b"") for each in found.steps[run.id])


def _at(moment: datetime) -> float:
    return moment.timestamp() - EPOCH


AGENTS = Extra(name="agents", text=_text, law=_law)
