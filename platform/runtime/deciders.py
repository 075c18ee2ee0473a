"""The header clauses that need a state to decide whether a rule fires. Owns one decider a clause, and their order.

Each is a pure question and one operation of the store, which is harmless to repeat for the same run. The answer says in
words why a rule did not fire. A missing key does not group: then the clause lets the run pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.dsl.evaluator import EvaluationError
from treadle.dsl.operations.text_form import duration_form
from treadle.dsl.values import Value
from treadle.runtime.machine.program import Evaluate, Program
from treadle.runtime.ports import Fault, Store

Phase = Literal["quiet", "turn"]

_LOOK_AGAIN = 1.0  # seconds
_A_DAY = 86400.0


class Suppressed(msgspec.Struct, frozen=True, tag="suppressed"):
    """The rule does not fire, and why."""

    why: Fault


class Later(msgspec.Struct, frozen=True, tag="later"):
    """Nobody can tell yet; ask again after so many seconds."""

    seconds: float


class Waits(msgspec.Struct, frozen=True, tag="waits"):
    """Its time or its turn has to come first; ask again after so many seconds. `events` as in `Passes`."""

    phase: Phase
    seconds: float
    events: tuple[UUID, ...] = ()


class Passes(msgspec.Struct, frozen=True, tag="passes"):
    """Nothing speaks against it. `events` are those of a quiet group, the oldest first."""

    events: tuple[UUID, ...] = ()


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A run that may fire. `names` is what the clauses see, `phase` what it waited for already."""

    run_id: UUID
    program: Program
    names: dict[str, Value]
    phase: Phase | None = None
    behind: tuple[UUID, ...] = ()
    until: datetime | None = None
    now: datetime | None = None

    @property
    def rule(self) -> str:
        """The rule's or the sequence's name."""
        return self.program.graph.name

    def key(self, evaluate: Evaluate | None) -> str | None:
        """The key of a clause as text; a clause without `per` has one for all. None when it is missing."""
        return key_of(self.program, evaluate, self.names)


Answer = Suppressed | Later | Waits | Passes | None
Decider = Callable[[Store, Candidate], Awaitable[Answer]]


async def decide(store: Store, candidate: Candidate) -> Suppressed | Later | Waits | Passes:
    """The answer of the first clause that does not let it pass. What came before a wait is not asked again."""
    passes = Passes()
    for phase, clause, decider in _ORDER:
        if candidate.phase is not None and _PHASES.index(phase) < _PHASES.index(candidate.phase):
            continue
        try:
            answer = await decider(store, candidate)
        except EvaluationError as error:
            return Suppressed(Fault(error.code, f"{clause}: {error.message}"))
        if isinstance(answer, Passes):
            passes = answer
        elif answer is not None:
            return Waits(answer.phase, answer.seconds, passes.events) if isinstance(answer, Waits) else answer
    return passes


async def _stop_after(store: Store, candidate: Candidate) -> Answer:
    if not candidate.behind:
        return None
    found = (await store.statuses(candidate.behind)).values()
    if any(each not in ("matching", "suppressed") for each in found):
        return Suppressed(Fault("stop_after", "a rule before it fired on this event and stops those after it"))
    return Later(_LOOK_AGAIN) if "matching" in found else None


async def _once(store: Store, candidate: Candidate) -> Answer:
    once = candidate.program.graph.once
    key = candidate.key(candidate.program.once) if once else None
    if once is None or key is None or await store.once(candidate.rule, key, once.within, candidate.run_id):
        return None
    return Suppressed(Fault("once", f"the rule has fired for {key} already"))


async def _at_most(store: Store, candidate: Candidate) -> Answer:
    bound = candidate.program.graph.at_most
    key = candidate.key(candidate.program.at_most) if bound else None
    if bound is None or key is None:
        return None
    if await store.throttle(candidate.rule, key, bound.count, bound.window, candidate.run_id):
        return None
    times = "once" if bound.count == 1 else f"{bound.count} times"
    within = _span(bound.window).removeprefix("1 ")
    return Suppressed(Fault("at_most", f"the rule fired {times} in the last {within}{_for(bound, key)}"))


async def _quiet(store: Store, candidate: Candidate) -> Answer:
    quiet = candidate.program.graph.quiet
    key = candidate.key(candidate.program.quiet) if quiet else None
    if quiet is None or key is None:
        return None
    if candidate.phase is None:
        joined = await store.join_quiet(candidate.rule, key, candidate.run_id)
        return Waits("quiet", quiet.seconds) if joined else _superseded(quiet, key)
    if (left := _left(candidate)) > 0:
        return Waits("quiet", left)
    events = await store.take_quiet(candidate.rule, key, candidate.run_id)
    return _superseded(quiet, key) if events is None else Passes(tuple(events))


def _superseded(quiet: Any, key: str) -> Suppressed:
    pause = _span(quiet.seconds)
    return Suppressed(Fault("quiet", f"another event came within {pause}{_for(quiet, key)}, the last one counts"))


async def _alone(store: Store, candidate: Candidate) -> Answer:
    alone = candidate.program.graph.alone
    key = candidate.key(candidate.program.alone) if alone else None
    if alone is None or key is None:
        return None
    ahead = await store.take_turn(candidate.rule, key, candidate.run_id, alone.otherwise)
    if ahead is None:
        return None
    if alone.otherwise != "skip":
        return Waits("turn", _A_DAY)
    held = f"holds the key {key}" if alone.key is not None else "is there"
    return Suppressed(Fault("live_run", f"a live run ({ahead}) {held}"))


_PHASES: tuple[Phase | None, ...] = (None, "quiet", "turn")
_ORDER: tuple[tuple[Phase | None, str, Decider], ...] = (
    (None, "stop after", _stop_after),
    (None, "once per", _once),
    (None, "at most", _at_most),
    ("quiet", "after quiet", _quiet),
    ("turn", "one at a time", _alone),
)


def key_of(program: Program, evaluate: Evaluate | None, names: Mapping[str, Value]) -> str | None:
    """The key of a clause as text; a clause without `per` has one for all. None when it is missing."""
    if evaluate is None:
        return "null"
    value = evaluate(program.scope(names))
    return None if value is None else key_text(value)


def key_text(value: Value) -> str:
    """A key as text: JSON, whole numbers alike however they are written."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    return values.encode(value).decode()


def keys_written(text: str) -> tuple[str, ...]:
    """What a key may be that a person writes so: this text, or the JSON value that it is."""
    keys = [key_text(text)]
    with suppress(msgspec.DecodeError, RecursionError):
        keys.append(key_text(values.decode(text)))
    return tuple(dict.fromkeys(keys))


def _left(candidate: Candidate) -> float:
    """Seconds until the pause is over; a run may be woken before, by something that came for it."""
    if candidate.until is None or candidate.now is None:
        return 0.0
    return (candidate.until - candidate.now).total_seconds()


def _for(clause: Any, key: str) -> str:
    return f" for {key}" if clause.key is not None else ""


def _span(seconds: float) -> str:
    return duration_form(timedelta(seconds=seconds))
