"""What the platform says when a run fails or an effect is in doubt: events that go in the commit that causes them.

Owns which transitions are told of and what is said; who hears it is `announcing`'s.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.runtime.announcing import Announcer, event_of
from treadle.runtime.builtin.events import DoubtfulEffect, FailedRun, SeenError
from treadle.runtime.clock import StoreClock
from treadle.runtime.committer import Committer
from treadle.runtime.ports import Arrival, End, Fault, RunRow, StepOutcome, Store, StoredEvent, StoredStep, Transition
from treadle.runtime.runaways import RUNAWAY

R = TypeVar("R")

LATELY = 300.0
"""Seconds over which failed runs are counted."""
NEW_FOR = 30 * 86400.0
"""Seconds for which an error must not have come for it to be a new one."""


class Reports:
    """Adds the events to a transition. Asks the store only about runs that fail or whose effect is in doubt."""

    def __init__(self, store: Store, announcer: Announcer, clock: StoreClock) -> None:
        self._store = store
        self._announcer = announcer
        self._clock = clock

    async def about(self, transition: Transition) -> Transition:
        """The transition with what is to be said about it. Raises what the store raises."""
        failed, doubt, runaway = failure_of(transition), doubt_of(transition), runaway_of(transition)
        if failed is None and doubt is None and runaway is None:
            return transition
        run = await self._store.run(transition.run_id)
        if run is None:
            return transition
        event = await event_of(self._store, run)
        steps = {each.id: each for each in await self._store.steps(run.id)}
        told: list[Arrival] = []
        if doubt is not None:
            told.append(await self._in_doubt(run, event, doubt, steps.get(doubt.id)))
        if runaway is not None:
            told.append(await self._ran_away(run, event, runaway))
        if failed is not None:
            told += await self._failed(run, event, failed, failed_step(transition, steps))
        return replace(transition, emits=(*transition.emits, *told))

    async def _in_doubt(
        self, run: RunRow, event: StoredEvent | None, doubt: StepOutcome, step: StoredStep | None
    ) -> Arrival:
        data = DoubtfulEffect(
            rule=run.rule,
            run=str(run.id),
            step=step.node if step else None,
            action=step.what if step else "",
            entity=step.entity if step else None,
            message=doubt.error.message if doubt.error else "",
            at=self._clock.now(),
        )
        return await self._announcer.about(run, event, "unknown_effect", data, key=str(doubt.id))

    async def _ran_away(self, run: RunRow, event: StoredEvent | None, fault: Fault) -> Arrival:
        """Said by the first run that is stopped for this reason; the others are recorded alone."""
        entity = event.entity if event else None
        said = FailedRun(
            rule=run.rule, run=str(run.id), code=fault.code, message=fault.message, entity=entity, at=self._clock.now()
        )
        return await self._announcer.about(run, event, "run_failed", said, key=fault.message)

    async def _failed(self, run: RunRow, event: StoredEvent | None, fault: Fault, step: str | None) -> list[Arrival]:
        lately = await self._store.tally("run_failed", "", LATELY, run.id)
        kind = msgspec.json.encode((run.rule, fault.code)).decode()
        first = await self._store.sight("treadle.new_error", kind, NEW_FOR, run.id)
        said: dict[str, Any] = {"rule": run.rule, "run": str(run.id), "code": fault.code, "message": fault.message}
        said |= {"step": step, "at": self._clock.now()}
        failed = FailedRun(**said, entity=event.entity if event else None, failed_last_5_min=lately)
        seen = SeenError(**said)
        return [
            await self._announcer.about(run, event, "run_failed", failed),
            await self._announcer.about(run, event, "new_error", seen, key=f"{kind}/{first}"),
        ]


class Reporting(Committer[Transition, R]):
    """Writes transitions together with what is to be said about them."""

    def __init__(self, write: Callable[[Sequence[Transition]], Awaitable[Sequence[R]]], reports: Reports) -> None:
        super().__init__(write)
        self._reports = reports

    async def put(self, item: Transition) -> R:
        """See `Committer.put`. Raises what the store raises about the run, too."""
        return await super().put(item if _plain(item) else await self._reports.about(item))


def _plain(transition: Transition) -> bool:
    """Whether nothing can have to be said: it goes on, or ends well, and no outcome is in doubt. Nearly all do."""
    then, outcome = transition.then, transition.outcome
    ends_well = not isinstance(then, End) or then.status == "done"
    return ends_well and (outcome is None or outcome.state != "unknown")


def failure_of(transition: Transition) -> Fault | None:
    """Why the run fails with this write; None when it does not."""
    then = transition.then
    if not isinstance(then, End) or then.status != "failed":
        return None
    return then.error or Fault("failed", "the run failed")


def runaway_of(transition: Transition) -> Fault | None:
    """Why the run was stopped before it began, when it is one of too many."""
    then = transition.then
    error = then.error if isinstance(then, End) and then.status == "suppressed" else None
    return error if error is not None and error.code == RUNAWAY else None


def doubt_of(transition: Transition) -> StepOutcome | None:
    """The outcome that says that nobody knows what became of an effect."""
    outcome = transition.outcome
    return outcome if outcome is not None and outcome.state == "unknown" else None


def failed_step(transition: Transition, steps: dict[UUID, StoredStep]) -> str | None:
    """The step that failed last, as far as this write says."""
    for step in reversed(transition.steps):
        if step.state == "failed":
            return step.node
    outcome = transition.outcome
    known = steps.get(outcome.id) if outcome is not None and outcome.state == "failed" else None
    return known.node if known else None
