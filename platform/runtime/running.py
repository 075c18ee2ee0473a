"""A claimed run in the hands of this worker, and the write that is being put together for it.

Owns gathering what the next commit holds, so that outcome, steps passed, runs started and the next intent go in one.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.values import Value
from treadle.runtime.ids import new_id
from treadle.runtime.lease import Lease
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import Record
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import State
from treadle.runtime.machine.step import scope_names
from treadle.runtime.ports import Claimed, End, Fault, Go, NewRun, NewStep, Park, Sleep, StepOutcome, Transition
from treadle.runtime.redaction import Redactor

current: ContextVar[Running | None] = ContextVar("current", default=None)
"""The run that this task drives, for whoever writes a log line."""


class Running:
    """`state` and `names` are where the run stands; `take` turns what was gathered into one transition."""

    __slots__ = (
        "_loaded", "_outcome", "_redactor", "_starts", "_steps",
        "claimed", "event", "lease", "names", "open", "program", "state",
    )  # fmt: skip

    def __init__(self, claimed: Claimed, program: Program, lease: Lease, redactor: Redactor) -> None:
        self.claimed = claimed
        self.program = program
        self.lease = lease
        self.state: State = states.decode(claimed.state, program.revived)
        self.event: Value = None
        self.names: dict[str, Value] = {}
        self.open: UUID | None = claimed.intent.id if claimed.intent else None
        """The call whose outcome is open in the store."""
        self._redactor = redactor
        self._outcome: StepOutcome | None = None
        self._steps: list[NewStep] = []
        self._starts: list[NewRun] = []
        self._loaded: bytes | None = None
        if claimed.event is not None:
            self.use_event(claimed.event.loaded or claimed.event.data)

    def use_event(self, data: bytes) -> None:
        """Take the event's JSON as what the run sees."""
        graph = self.program.graph
        if graph.hears:
            name = graph.hears[self.state.heard].name
            self.event = self.program.revived(name, values.decode(data))

    def enter(self, state: State) -> None:
        """Stand here now, with the names that go with it."""
        self.state = state
        self.names = scope_names(self.program.graph, state, self.event)

    # --- gathering --------------------------------------------------------------------------------------------------

    def loaded(self, data: bytes) -> None:
        """The event's missing fields were read."""
        self._loaded = data
        self.use_event(data)

    def closed(self, outcome: StepOutcome) -> None:
        """The open step has this outcome."""
        self._outcome = replace(outcome, error=self._clean(outcome.error)) if outcome.error else outcome

    def starts(self, run: NewRun) -> None:
        """Another run starts."""
        self._starts.append(run)

    def passed(self, record: Record, output: Value = None) -> None:
        """A step that needed no act."""
        self.step(
            node=record.node,
            what=record.what,
            state="failed" if record.error else "done",
            input=self.shown(record.input),
            output=self.shown(record.output if output is None else output),
            error=record.error,
        )

    def step(self, *, id: UUID | None = None, **fields: Any) -> None:
        """A step for the history, the next one in order."""
        self.state = replace(self.state, seq=self.state.seq + 1)
        step = NewStep(id=id or new_id(), seq=self.state.seq, **fields)
        self._steps.append(replace(step, error=self._clean(step.error)) if step.error else step)

    def shown(self, value: Value) -> bytes | None:
        """A value as the history keeps it: JSON without live secrets."""
        return None if value is None else self.redacted(values.encode(value))

    def redacted(self, data: bytes) -> bytes:
        """JSON without live secrets."""
        text = data.decode()
        clean = self._redactor.text(text)
        return data if clean is text else clean.encode()

    def _clean(self, fault: Fault) -> Fault:
        return Fault(fault.code, self._redactor.text(fault.message))

    def take(self, then: Go | Sleep | Park | End) -> Transition:
        """One transition of everything gathered since the last."""
        if isinstance(then, End) and then.error:
            then = replace(then, error=self._clean(then.error))
        made = Transition(
            run_id=self.claimed.run_id,
            epoch=self.claimed.epoch,
            then=then,
            state=None if isinstance(then, End) else states.encode(self.state),
            outcome=self._outcome,
            steps=tuple(self._steps),
            starts=tuple(self._starts),
            loaded=self._loaded,
        )
        self._outcome, self._steps, self._starts, self._loaded = None, [], [], None
        return made
