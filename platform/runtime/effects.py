"""What a move of the machine has committed along with its steps: runs started, events sent, listening, questions.

Owns turning the machine's words into the store's records. Nothing is sent here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.evaluator import EvaluationError
from treadle.dsl.graph import Hear
from treadle.dsl.values import Value
from treadle.runtime.accept import Offered, arrival_of
from treadle.runtime.clock import StoreClock
from treadle.runtime.deciders import key_text
from treadle.runtime.echoes import FOREIGN
from treadle.runtime.hearing import STOP
from treadle.runtime.ids import new_id
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.decisions import CancelRun, EmitEvent, Forget, Listen, Move, OpenApproval, StartRun
from treadle.runtime.ports import Arrival, NewApproval, NewEvent, NewListen, NewRun
from treadle.runtime.running import Running
from treadle.runtime.starting import run_of

Where = Callable[[Hear], UUID | None]
"""The connection whose events are meant, None for those of any."""


def anywhere(_: Hear) -> UUID | None:
    """Events of any connection."""
    return None


class Effects:
    """Gathers into the next transition of a run."""

    def __init__(self, live: LiveRules, clock: StoreClock, where: Where = anywhere) -> None:
        self._live = live
        self._clock = clock
        self._where = where

    def note(self, run: Running, move: Move) -> None:
        """The steps that were passed, and what goes with them."""
        outputs: dict[int, Value] = {}
        for effect in move.effects:
            match effect:
                case StartRun():
                    new = self._start(run, effect)
                    run.starts(new)
                    outputs[effect.record] = {"run": str(new.id)}
                case EmitEvent():
                    run.also("emits", self._event(run, effect))
                case CancelRun(sequence, key):
                    run.cancels(sequence, key_text(key))
                case Listen():
                    run.also("listens", self._listen(effect))
                case OpenApproval():
                    run.also("approvals", self._approval(run, effect))
                    run.tell(effect.node, "approve", {"question": effect.question, "by": effect.by})
                case Forget(slot):
                    run.also("forgets", slot)
        run.state = replace(move.state, seq=run.state.seq, kept=run.state.kept)
        for index, record in enumerate(move.records):
            run.passed(record, output=outputs.get(index))

    def subscribe(self, run: Running) -> None:
        """Hear, from the run's first moment on, what stops it."""
        for index, ear in enumerate(run.program.stops):
            path, value = ear.path, None
            try:
                value = ear.key(run.program.scope(run.names)) if ear.key is not None else None
            except EvaluationError:  # found by its trigger alone, then; whether it is meant is decided when it comes
                path = None
            slot = f"{STOP}{index}"
            run.also("listens", self._listen(Listen(slot=slot, hear=ear.hear, path=path, value=value, from_start=True)))
        run.state = replace(run.state, listens=True)

    def _start(self, run: Running, start: StartRun) -> NewRun:
        program = self._live.sequence(start.sequence)
        assert program is not None, "the walk asked for it"
        return run_of(
            program,
            start.args,
            origin=run.claimed.origin,
            parent=run.claimed.run_id,
            answers=start.slot,
            hops=run.claimed.hops + 1,
            rehearse=run.state.rehearse,
        )

    def _event(self, run: Running, emit: EmitEvent) -> Arrival:
        event = NewEvent(
            id=new_id(),
            trigger=f"event.{emit.event}",
            data=values.encode(emit.data),
            publication=self._live.publication,
            cause=run.claimed.run_id,
            hops=run.claimed.hops + 1,
        )
        heard = self._live.hear(event.trigger, None, values.decode(event.data), self._clock.now())
        return arrival_of(Offered(event=event, heard=heard), FOREIGN)

    def _listen(self, listen: Listen) -> NewListen:
        keyed = listen.path is not None and isinstance(listen.value, str | int | Decimal)
        return NewListen(
            slot=listen.slot,
            trigger=listen.hear.full,
            connection_id=self._where(listen.hear),
            path=listen.path if keyed else None,
            value=values.encode(listen.value) if keyed else None,
            from_start=listen.from_start,
        )

    def _approval(self, run: Running, approval: OpenApproval) -> NewApproval:
        question = run.redacted(approval.question.encode()).decode()
        seconds = max(0.0, (approval.until - self._clock.now()).total_seconds())
        return NewApproval(id=new_id(), slot=approval.slot, question=question, by=approval.by, seconds=seconds)
