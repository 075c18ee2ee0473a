"""Deciding a rule's conditions on an event. Owns what can be decided when, and what an undecidable condition means.

A condition without a value (a missing price compared) does not hold; the explanation shows why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from treadle.dsl.evaluator.matching import first_failure
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.values import Value
from treadle.runtime.live import Listener
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.step import names_of

Verdict = Literal["fires", "filtered", "later"]


def on_arrival(listener: Listener, event: Value, now: datetime) -> Verdict:
    """What the event alone decides: `later` when nothing speaks against firing and something is still open."""
    program = listener.program
    where, scope = program.where, program.scope(names_of(listener.name, event, now))
    if where is None:
        return "filtered"
    try:
        if any(event.get(name) != value(scope) for name, value in program.hear_args[listener.heard]):
            return "filtered"
        holds = where.early(scope)
    except EvaluationError:
        return "filtered"
    if holds is False:
        return "filtered"
    return "later" if holds is None or listener.decides_later else "fires"


def why_not_meant(listener: Listener, event: Value, now: datetime) -> str | None:
    """The argument of the `when` line that the event does not have, as a sentence; None when all are as it says."""
    scope = listener.program.scope(names_of(listener.name, event, now))
    for name, value in listener.program.hear_args[listener.heard]:
        try:
            wanted = value(scope)
        except EvaluationError as error:
            return f"{name} cannot be decided: {error.message}"
        if event.get(name) != wanted:
            return f"it hears {name} {quote(wanted)}: {name} is {quote(event.get(name))}"
    return None


def why_not_on_arrival(program: Program, names: dict[str, Value]) -> str | None:
    """As `why_not`, of an event that nothing was read for: no condition is blamed for a field that is only unread."""
    carried = replace(program.graph, where=tuple(each for each in program.graph.where if not each.loads))
    failed = first_failure(carried, program.scope(names))
    return failed.sentence() if failed else None


def why_not(program: Program, names: dict[str, Value]) -> str | None:
    """The first condition that does not hold, with its values, as a sentence; None when all hold."""
    scope = program.scope(names)
    try:
        if program.where is not None and program.where.holds(scope):
            return None
    except EvaluationError:
        pass
    failed = first_failure(program.graph, scope)
    return failed.sentence() if failed else None
