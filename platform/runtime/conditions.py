"""Deciding a rule's conditions on an event. Owns which terms can be decided when, and what an undecidable one means.

An expression without a value (a missing price compared) means that the condition does not hold; the explanation shows
why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.values import Value
from treadle.runtime.live import Listener
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.step import names_of

Verdict = Literal["fires", "filtered", "later"]


def on_arrival(listener: Listener, event: Value, now: datetime) -> Verdict:
    """What the event alone decides: `later` when every term that needs no read holds and something else is open."""
    if failed_term(listener.program, names_of(listener.name, event, now), loaded=False) is not None:
        return "filtered"
    return "later" if listener.decides_later else "fires"


def failed_term(program: Program, names: dict[str, Value], *, loaded: bool) -> int | None:
    """The index of the first condition that does not hold; without `loaded`, of those that need no read."""
    scope = program.scope(names)
    for term in program.terms:
        if term.loads and not loaded:
            continue
        try:
            if term.test(scope) is not True:
                return term.index
        except EvaluationError:
            return term.index
    return None
