"""`only during`: one window opens while all is played, the day of another is a holiday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from simulator.extras.shape import Extra
from simulator.found import Found, called
from simulator.loop import EPOCH

_OPENS, _ENDS = timedelta(minutes=2), timedelta(minutes=12)
_A_MOMENT = timedelta(seconds=1)

_RULES = """
calendar feasts
  2026-01-05

rule "D"
  when shop.placed as order
  only during mon-fri 09:02-09:12 in "Europe/Madrid"
  do
    shop.tag(order: order.id, label: "d:1")
    wait 3 s
    shop.ship(order: order.id, label: "d:2")

rule "F"
  when shop.placed as order
  only during mon-fri 07:00-20:00 in "Europe/Madrid" except feasts
  do
    shop.tag(order: order.id, label: "f:1")
"""


def _text(_: Random) -> str:
    return _RULES


def _law(found: Found) -> Iterator[str]:
    """Nothing begins outside of the window; inside of it everything does."""
    begins = datetime.fromtimestamp(EPOCH, UTC)
    for run in found.of_rule("D"):
        times = [each.started_at for each in found.steps[run.id] if each.effect is not None and each.started_at]
        for at in times:
            if not begins + _OPENS - _A_MOMENT <= at < begins + _ENDS:
                yield f"{called(run)} began something at {at}"
        if run.status == "done" and not times:
            yield f"{called(run)} is done and did nothing"
    for run in found.of_rule("F"):
        if run.status == "done" or any(each.effect is not None for each in found.steps[run.id]):
            yield f"{called(run)} did not keep the holiday"
    for each in found.played.service.effects:
        if each.what.endswith("f:1"):
            yield f"{each.what} was done on a holiday"


DURING = Extra(name="during", text=_text, law=_law, asleep=("F",))
