"""Schedules with each of the words for what was missed, while those who fire them die and freeze."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from simulator.extras.shape import Extra
from simulator.found import Found
from simulator.loop import EPOCH

_EVERY = 20.0
_SOON = 5.0
"""Seconds in which a firing is noticed when all is well, and the worker's looks at what is live."""
_STOPPING = 45.0
_HALTS = ("freeze", "stall", "gap", "statement", "outage", "clock")

_RULES = """
rule "C1"
  when every 20 s catch up once
  do
    log "once"

rule "C2"
  when every 20 s skip missed
  do
    log "skip"

rule "C3"
  when every 20 s catch up all
  do
    log "all"
"""


def _text(_: Random) -> str:
    return _RULES


def _law(found: Found) -> Iterator[str]:
    """Never more than planned; `all` misses none, and none of them one in quiet times."""
    end = found.played.ended_at
    planned = int(end // _EVERY)
    late = int((end - _STOPPING - _SOON) // _EVERY)
    quiet_from = found.played.calm_at + 70.0 + _SOON
    moving = found.played.faults.seen.keys().isdisjoint(_HALTS)
    for rule, word in (("C1", "once"), ("C2", "skip"), ("C3", "all")):
        times = [run.created_at.timestamp() - EPOCH for run in found.of_rule(rule)]
        if len(times) > planned or (word == "all" and len(times) < late):
            yield f"of {planned} firings that {word} were made up for there were {len(times)}"
        count = Counter(int(at // _EVERY) for at in times)
        for turn in range(int(quiet_from // _EVERY) + 1, int((end - _STOPPING - _SOON) // _EVERY)):
            if count[turn] != 1:
                yield f"the schedule with {word} fired {count[turn]} times at {turn * _EVERY:.0f}, in quiet times"
        if word == "once" and moving and any(each > 1 for each in count.values()):
            yield f"what was missed was made up for {max(count.values())} times at once"


CATCH_UP = Extra(name="catch up", text=_text, law=_law)
