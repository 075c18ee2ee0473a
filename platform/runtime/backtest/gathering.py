"""Brings together what was answered then, for a page of events at a time, for one firing, for one start by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from treadle.dsl import values
from treadle.runtime.backtest.answers import Answers
from treadle.runtime.backtest.branches import Case
from treadle.runtime.backtest.past import Past, PastRun
from treadle.runtime.ports import StoredEvent, StoredStep

_DEEPEST = 20
_LATE = timedelta(minutes=15)  # that a schedule may have fired behind its instant


class Gatherer:
    """Reads each run of then once."""

    def __init__(self, past: Past) -> None:
        self._past = past

    async def of_events(self, events: Sequence[StoredEvent], around: Sequence[StoredEvent]) -> dict[UUID, Answers]:
        """By event. `around` are the events of the page and some that came behind it, with those that runs sent."""
        answers = {each.id: Answers() for each in events}
        runs = await self._past.runs_of(answers)
        for run in runs:
            if run.fired and run.event_id is not None:
                answers[run.event_id].fired.add(run.rule)
        await self._fill({run: answers[run.event_id] for run in runs if run.event_id is not None}, around)
        return answers

    async def of_one(self, case: Case) -> None:
        """Those of the run that this firing, or this person, started then."""
        case.answers = Answers()
        if case.start is not None:
            found = [case.start.run]
        else:
            assert case.rule is not None, "only people and the clock start without an event"
            found = await self._past.by_clock(case.rule, case.at, case.at + _LATE)
        if found:
            case.answers.fired.add(found[0].rule)
            await self._fill({found[0]: case.answers}, ())

    async def causes(self, events: Iterable[StoredEvent]) -> dict[UUID, str]:
        """The rules whose changes these events report, by event."""
        caused = {each.id: each.cause for each in events if each.cause is not None}
        origins = await self._past.origins(list(caused.values())) if caused else {}
        return {event: origins[run] for event, run in caused.items() if run in origins}

    async def _fill(self, runs: dict[PastRun, Answers], around: Sequence[StoredEvent]) -> None:
        """The steps of these runs, and of those that they started, directly or by an event."""
        seen: set[UUID] = set()
        for _ in range(_DEEPEST):
            runs = {run: to for run, to in runs.items() if run.id not in seen and run.fired}
            if not runs:
                return
            by_id = {run.id: to for run, to in runs.items()}
            seen |= by_id.keys()
            steps = await self._steps(runs)
            runs = await self._followed(steps, by_id, around)

    async def _steps(self, runs: dict[PastRun, Answers]) -> dict[UUID, list[StoredStep]]:
        steps: dict[UUID, list[StoredStep]] = {run.id: [] for run in runs}
        for step in await self._past.steps_of(steps):
            steps[step.run_id].append(step)
        asking = []
        for run, to in runs.items():
            mine = steps[run.id]
            asks = any(each.what.startswith("ask ") for each in mine)
            to.add(await self._past.graph(run.graph) if asks else None, mine)
            if any(each.what == "approve" for each in mine) or not mine:
                asking.append(run.id)
        answers = {run.id: to for run, to in runs.items()}
        for row in await self._past.questions_of(asking) if asking else ():
            answers[row.run_id].ask_people([row])
        return steps

    async def _followed(
        self, steps: dict[UUID, list[StoredStep]], by_id: dict[UUID, Answers], around: Sequence[StoredEvent]
    ) -> dict[PastRun, Answers]:
        children = {child: by_id[run_id] for run_id, mine in steps.items() for child in _started(mine)}
        sent = {each.id: by_id[each.cause] for each in around if each.cause in by_id and _own(each)}
        found = await self._past.runs(children) if children else []
        heard = await self._past.runs_of(sent) if sent else []
        mine = {run: children[run.id] for run in found}
        return mine | {run: sent[run.event_id] for run in heard if run.event_id is not None}


def _own(event: StoredEvent) -> bool:
    return event.trigger.startswith("event.")


def _started(steps: Iterable[StoredStep]) -> Iterable[UUID]:
    for step in steps:
        output = values.decode(step.output) if step.what in ("start", "run") and step.output else None
        if isinstance(output, dict) and isinstance(output.get("run"), str):
            yield UUID(output["run"])
