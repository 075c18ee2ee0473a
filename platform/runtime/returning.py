"""Runs that a worker gives back before they rest: what is written about each, and that it is written in the end.

A lease is prolonged with all others of its worker, so a run that nobody drives any more must be given back by a write.
What a failed write held is in it: a known outcome is not forgotten because the database was away, and an intent that
nothing followed is marked as one to be sent, not as one in doubt.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.committer import Committer
from treadle.runtime.machine import state as states
from treadle.runtime.ports import Claimed, End, Fault, Go, Park, Sleep, StepOutcome, StoreDown, Transition

MOST_BREAKS = 3
"""Times that the platform may fail at a run, in one process, before the run is put aside."""
_MOST_REMEMBERED = 10_000
_AGAIN = 0.5  # seconds until a run at which the platform failed is tried again; each time four times as long


class Returns:
    """What this worker has still to give back. `flush` writes it."""

    def __init__(self, committer: Committer[Transition, Any]) -> None:
        self._committer = committer
        self._waiting: dict[UUID, Transition] = {}
        self._breaks: dict[UUID, int] = {}

    def back(self, claimed: Claimed, open_step: UUID | None) -> None:
        """Somebody shall go on from what is stored; nothing is added to a write that is to be repeated."""
        kept = self._waiting.get(claimed.run_id)
        if kept is None or kept.epoch != claimed.epoch:
            self._put(claimed, _soon(claimed, open_step, 0.0))

    def unwritten(self, transition: Transition) -> None:
        """This write failed, or nobody waited for its end; it is repeated by id, which is harmless."""
        self._waiting[transition.run_id] = _rested(transition)

    def broke(self, claimed: Claimed, open_step: UUID | None, fault: Fault) -> None:
        """A fault of ours: tried again a few times, from what is stored, as after a crash; then put aside."""
        breaks = self._breaks.get(claimed.run_id, 0) + 1
        if breaks >= MOST_BREAKS:
            self.aside(claimed, open_step, fault)
            return
        while len(self._breaks) >= _MOST_REMEMBERED:
            self._breaks.pop(next(iter(self._breaks)))
        self._breaks[claimed.run_id] = breaks
        self._put(claimed, _soon(claimed, open_step, _AGAIN * 4 ** (breaks - 1)))

    def aside(self, claimed: Claimed, open_step: UUID | None, fault: Fault) -> None:
        """For good. What may have been sent is not called failed."""
        self._breaks.pop(claimed.run_id, None)
        if open_step is None:
            self._put(claimed, End("failed", fault))
        else:
            self._put(claimed, Park(), StepOutcome(id=open_step, state="unknown", tries=1, error=fault))

    def lost(self, claimed: Claimed, open_step: UUID | None, fault: Fault) -> None:
        """Its graph is gone, so nobody can ever drive it: it ends when it is told to, else it is put aside. What came
        for it is of no use to anybody.
        """
        ends = next((each for each in claimed.signals if each.kind == "end"), None)
        unknown = StepOutcome(id=open_step, state="unknown", tries=1, error=fault) if open_step else None
        if ends is not None or open_step is None:
            self._put(claimed, End("stopped", ends.fault) if ends else End("failed", fault), unknown)
        else:
            self._put(claimed, Park(), unknown, read=tuple(each.id for each in claimed.signals))

    def ended(self, run_id: UUID) -> None:
        """It rests as it should."""
        self._breaks.pop(run_id, None)

    async def flush(self) -> bool:
        """Write what waits; what is refused does not hold up the rest. False when something was refused for good: it is
        forgotten here, and whoever holds its lease must let go of it. Raises `StoreDown`.
        """
        waiting = list(self._waiting.items())
        written = await asyncio.gather(*(self._committer.put(each) for _, each in waiting), return_exceptions=True)
        for (run_id, transition), result in zip(waiting, written, strict=True):
            if not isinstance(result, StoreDown | asyncio.CancelledError) and self._waiting.get(run_id) is transition:
                del self._waiting[run_id]
        refused = [each for each in written if isinstance(each, Exception)]
        for each in refused:
            if isinstance(each, StoreDown):
                raise each
        return not refused

    def _put(
        self,
        claimed: Claimed,
        then: End | Sleep | Park,
        outcome: StepOutcome | None = None,
        *,
        read: tuple[UUID, ...] = (),
    ) -> None:
        made = Transition(run_id=claimed.run_id, epoch=claimed.epoch, then=then, outcome=outcome, read=read)
        self._waiting[claimed.run_id] = made


def _soon(claimed: Claimed, open_step: UUID | None, seconds: float) -> Sleep:
    undecided = claimed.status == "matching" and open_step is None
    return Sleep(seconds, "matching" if undecided else "running")


def _rested(transition: Transition) -> Transition:
    """The same write by a worker that goes no further: what was about to be sent is still to be sent."""
    if not isinstance(transition.then, Go) or transition.state is None:
        return transition
    state = states.decode(transition.state, lambda _, plain: plain)
    fresh = {step.id for step in transition.steps if step.state == "intent"}
    if transition.outcome is not None and transition.outcome.state == "intent":
        fresh.add(transition.outcome.id)
    for number, thread in list(states.threads_of(state)):
        attempt = thread.attempt
        if attempt is not None and attempt.step in fresh:
            counted = replace(attempt, tries=attempt.tries - 1, plan="send")  # the send counts it again
            state = states.with_thread(state, number, attempt=counted)
    return replace(transition, then=Sleep(0.0, "running"), state=states.encode(state))
