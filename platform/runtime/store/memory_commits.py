"""The memory store's commit: the transitions of a batch as one moment, and the steps that they write."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.ports import Arrival, End, Go, NewStep, StepOutcome, StoredStep, Transition
from treadle.runtime.store.memory_history import MemoryLive
from treadle.runtime.store.memory_waiting import MemoryWaiting
from treadle.runtime.store.parameters import clean_fault, clean_or_none


class MemoryCommits(MemoryWaiting):
    """`ports.Store.commit`."""

    @abstractmethod
    def _arrive(self, arrival: Arrival) -> UUID:
        """Store an event that a run emitted, see `MemoryStore`."""

    async def commit(self, transitions: Sequence[Transition], told: set[UUID] | None = None) -> set[UUID]:
        """See `ports.Store.commit`."""
        fenced = {each.run_id for each in transitions if self._is_fenced(each)}
        ordered = sorted(transitions, key=lambda each: each.run_id)
        live = (each for each in ordered if each.run_id in self._live_rows)
        held = [each for each in live if self._live_rows[each.run_id].epoch == each.epoch]
        self._wait(held)
        for each in held:
            for arrival in each.emits:
                self._arrive(arrival)
        for each in held:
            self._write(each)
        if told is not None:
            told |= {each.run_id for each in held if isinstance(each.then, Go) and self._signals.get(each.run_id)}
        return fenced

    def _is_fenced(self, transition: Transition) -> bool:
        row = self._live_rows.get(transition.run_id)
        if row is not None:
            return row.epoch != transition.epoch
        run = self._runs.get(transition.run_id)
        return run is None or run.ended_epoch != transition.epoch

    def _write(self, transition: Transition) -> None:
        row = self._live_rows[transition.run_id]
        if transition.outcome is not None:
            self._settle(transition.run_id, transition.outcome)
        for step in transition.steps:
            self._write_step(transition.run_id, step)
        for start in transition.starts:
            self._start(start)
        if transition.loaded is not None and row.run.new.event_id is not None:
            event = self._events[row.run.new.event_id]
            self._events[event.id] = replace(event, loaded=event.loaded or transition.loaded)
        self._move(row, transition)

    def _settle(self, run_id: UUID, outcome: StepOutcome) -> None:
        step, connection = self._steps[run_id, outcome.id]
        if step.state in ("intent", "unknown"):
            changed = replace(
                step,
                state=outcome.state,
                tries=outcome.tries,
                output=outcome.output,
                error=clean_fault(outcome.error),
                version=clean_or_none(outcome.version),
                ended_at=None if outcome.state == "intent" else self._clock(),
            )
            self._steps[run_id, outcome.id] = (changed, connection)

    def _write_step(self, run_id: UUID, new: NewStep) -> None:
        now = self._clock()
        step = StoredStep(
            id=new.id,
            run_id=run_id,
            seq=new.seq,
            node=new.node,
            what=new.what,
            state=new.state,
            effect=new.effect,
            tries=new.tries,
            input=new.input,
            output=new.output,
            error=clean_fault(new.error),
            entity=clean_or_none(new.entity),
            started_at=now,
            ended_at=None if new.state == "intent" else now,
        )
        self._steps.setdefault((run_id, new.id), (step, new.connection_id))

    def _move(self, row: MemoryLive, transition: Transition) -> None:
        last = transition.steps[-1] if transition.steps else None
        if last is not None and last.state == "intent":
            row.intent = last.id
        elif transition.outcome is not None and transition.outcome.state != "intent":
            row.intent = None
        row.state = row.state if transition.state is None else transition.state
        match transition.then:
            case Go():
                row.run.status = "running"
                if transition.outcome is not None and transition.outcome.state != "intent":
                    row.crashes = 0
            case End() as end:
                row.run.ended_at, row.run.ended_epoch = self._clock(), transition.epoch
                row.run.status, row.run.error, row.run.output = end.status, clean_fault(end.error), end.output
                self._gone(transition.run_id)
            case then:
                row.run.status, row.worker, row.crashes = then.status, None, 0
                row.due_at = self._clock() + timedelta(seconds=then.seconds)
                if self._signals.get(transition.run_id):
                    row.due_at = min(row.due_at, self._clock())
