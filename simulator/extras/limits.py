"""`limit`: at most two messages a customer, waited for or left out, over all runs of two rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from random import Random

from simulator.extras.shape import Extra
from simulator.found import Found, called
from simulator.played import CUSTOMERS
from treadle.runtime.ports import RunRow

_MOST = 2
_WINDOW = 20.0
_A_MOMENT = 0.5
_LATE = ("kill", "freeze", "stall", "gap", "statement", "outage", "slow", "busy", "lost", "unanswered")
"""What may fall between the place that a call takes and its leaving, or has it leave once more."""

_RULES = """
limit "calm" at most 2 messages per {within} per customer else {otherwise}

rule "L"
  when shop.placed as order
  do
    wait 1 s
    shop.notify(order: order.id, customer: order.customer, label: "l:1")

rule "M"
  when shop.placed as order
  do
    for each i in [1, 2] up to 2 at once
      shop.notify(order: order.id, customer: order.customer, label: "m:{i}")
"""


def _text(dice: Random) -> str:
    return _RULES.replace("{within} per", dice.choice(["1 day per", "20 s per"])).replace(
        "{otherwise}", dice.choice(["skip", "wait"])
    )


def _law(found: Found) -> Iterator[str]:
    """It is never exceeded; who waits has a turn, who is left out is told why, and nobody is left out for nothing."""
    text = found.played.rules.text
    daily, skips = (
        "messages per 1 day per" in text,
        "per customer else skip" in text.partition('limit "calm"')[2].partition("rule")[0],
    )
    if daily and not skips:
        window, asleep = 86400.0, True
    else:
        window, asleep = (86400.0 if daily else _WINDOW), False
    exact = daily or found.played.faults.seen.keys().isdisjoint(_LATE)
    runs = [*found.of_rule("L"), *found.of_rule("M")]
    for customer in range(CUSTOMERS):
        mine = [run for run in runs if found.orders[run.id] % CUSTOMERS == customer]
        if exact:
            yield from _never_exceeded(found, customer, window)
        yield from _all_have_a_turn(found, mine, skips=skips, asleep=asleep, daily=daily)


def _never_exceeded(found: Found, customer: int, window: float) -> Iterator[str]:
    done = [each for each in found.played.service.effects if each.action == "messages"]
    mine = [each for each in done if int(each.what.split(" ")[1]) % CUSTOMERS == customer]
    firsts = sorted(
        next(many).at for _, many in groupby(sorted(mine, key=lambda e: e.effect_id), lambda e: e.effect_id)
    )
    for at in firsts:
        within = sum(at <= other < at + window - _A_MOMENT for other in firsts)
        if within > _MOST:
            yield f"customer {customer} got {within} messages within {window:.0f} s of {at:.3f}"


def _all_have_a_turn(found: Found, runs: list[RunRow], *, skips: bool, asleep: bool, daily: bool) -> Iterator[str]:
    sent, doubt, left_out = 0, 0, 0
    for run in runs:
        steps = [each for each in found.steps[run.id] if each.what == "shop.notify"]
        sent += sum(each.state == "done" for each in steps)
        left_out += sum(each.error is not None and each.error.code == "limit_reached" for each in steps)
        doubt += run.status in ("unknown", "failed", "stopped") or sum(each.state == "unknown" for each in steps)
        waits = run.status not in ("done", "unknown", "failed", "stopped")
        if waits and not asleep:
            yield f"{called(run)} is {run.status}, and there is room"
        wanted = 1 if run.rule == "L" else 2
        if run.status == "done" and len(steps) != wanted:
            yield f"{called(run)} is done with {len(steps)} messages of {wanted}"
    if left_out and not skips:
        yield f"{left_out} messages were left out, and the limit says to wait"
    if daily and not doubt and sent != min(_MOST, sum(1 if run.rule == "L" else 2 for run in runs)):
        yield f"of the messages of {len(runs)} runs {sent} were sent"


LIMITS = Extra(name="limits", text=_text, law=_law, asleep=("L", "M"))
