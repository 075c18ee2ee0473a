"""A claimed run in the hands of this worker, and the write that is being put together for it.

Owns gathering what the next commit holds, so that outcome, steps passed, runs started and the next intent go in one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.graph import Call
from treadle.dsl.values import Value
from treadle.runtime.ids import new_id
from treadle.runtime.latecomers import Sent
from treadle.runtime.lease import Lease
from treadle.runtime.machine import state as states
from treadle.runtime.machine.decisions import DoTurn, Record
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import ROOT, State, threads_of
from treadle.runtime.machine.step import scope_names
from treadle.runtime.ports import Claimed, End, Fault, Go, NewRun, NewStep, Park, Sleep, StepOutcome, Transition
from treadle.runtime.redaction import Redactor
from treadle.runtime.starting import cancelled_at_start
from treadle.runtime.windows import spread_of

Also = Literal["listens", "approvals", "forgets", "read", "emits", "cancels"]

current: ContextVar[Running | None] = ContextVar("current", default=None)
"""The run that this task drives, for whoever writes a log line."""


Seen = Callable[["Running", str, str, Value, Fault | None], None]
"""Told of each step as it is decided: the run, its node, the verb, the input as values, and why it failed."""


class Running:
    """`state` and `names` are where the run stands; `take` turns what was gathered into one transition."""

    __slots__ = (
        "_also", "_loaded", "_outcome", "_redactor", "_starts", "_steps",
        "claimed", "event", "lease", "lists", "names", "opening", "opens", "owed", "paid", "program", "read", "seen",
        "sent", "size", "spread", "state", "told", "worked",
    )  # fmt: skip

    def __init__(
        self, claimed: Claimed, program: Program, lease: Lease, redactor: Redactor, seen: Seen | None = None
    ) -> None:
        self.claimed = claimed
        self.program = program
        self.lease = lease
        self.state: State = states.decode(claimed.state, program.revived)
        self.size = len(claimed.state)
        """Bytes of the state as it was last written."""
        self.worked = self.state.active
        """Seconds at work before this claim."""
        self.event: Value = None
        self.names: dict[str, Value] = {}
        if program.graph.rehearse and not self.state.rehearse:
            self.state = replace(self.state, rehearse=True)
        self.opens: dict[int, UUID] = open_steps(self.state, claimed)
        """The calls whose outcome is open in the store, by thread."""
        self.lists: dict[int, list[Value]] = {}
        """What loops go through, by thread."""
        self.opening: dict[int, UUID] = {}
        """The calls that the next write opens."""
        self.owed: list[tuple[DoTurn, Decimal]] = []
        """Turns of agents that were answered, and what they cost; settled once the answer is written."""
        self.paid: list[tuple[Call, int, Decimal]] = []
        """Calls that were answered, in their threads, and what they cost in US dollars; settled likewise."""
        self.read: set[UUID] = set()
        """Signals that were taken in since the claim."""
        self.sent: dict[UUID, Sent] = {}
        """Calls that left and whose outcome is not written yet."""
        self.told = False
        """Whether something came since that nobody looked at."""
        self.seen = seen
        self.spread = 0.0 if program.graph.during is None else spread_of(claimed.run_id)
        self._redactor = redactor
        self._outcome: StepOutcome | None = None
        self._steps: list[NewStep] = []
        self._starts: list[NewRun] = []
        self._also: dict[str, list[Any]] = {}
        self._loaded: bytes | None = None
        if claimed.event is not None:
            # What others had read of the event must not change what a run that asks for none of it sees half-way.
            self.use_event((program.loads and claimed.event.loaded) or claimed.event.data)

    def use_event(self, data: bytes) -> None:
        """Take the event's JSON as what the run sees."""
        if self.program.heard:
            name = self.program.heard[self.state.heard].name
            self.event = self.program.revived(name, values.decode(data))

    @property
    def open(self) -> UUID | None:
        """One of the calls whose outcome is open in the store."""
        return next(iter(self.opens.values()), None)

    @property
    def gathered(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._outcome or self._steps or self._starts or self._also or self._loaded)

    @property
    def settles(self) -> bool:
        """Whether an outcome is to be written; a transition has room for one."""
        return self._outcome is not None

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
        self.state = replace(self.state, kept=self.state.kept + len(outcome.output or b""))

    def starts(self, run: NewRun) -> None:
        """Another run starts."""
        self._starts.append(run)

    def cancels(self, sequence: str, key: str) -> None:
        """The live runs of this key are to end, those that start with the same write among them."""
        self.also("cancels", (sequence, key.encode()))
        by = self.claimed.run_id
        met = [(each, each.rule == sequence and each.turn == key) for each in self._starts]
        self._starts = [cancelled_at_start(each, by) if is_met else each for each, is_met in met]

    def tell(self, node: str, what: str, input: Value, error: Fault | None = None) -> None:
        """Say what was decided to whoever watches."""
        if self.seen is not None:
            self.seen(self, node, what, input, error)

    def also(self, kind: Also, *items: Any) -> None:
        """More of what a transition holds, by the name of its field."""
        self._also.setdefault(kind, []).extend(items)

    def reads(self, signal: UUID) -> None:
        """A signal was dealt with."""
        self.read.add(signal)
        self.also("read", signal)

    def passed(self, record: Record, output: Value = None) -> None:
        """A step that needed no act."""
        self.tell(record.node, record.what, record.input, record.error)
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
        step = NewStep(id=id or new_id(), seq=self.state.seq + 1, **fields)
        kept = self.state.kept + len(step.input or b"") + len(step.output or b"")
        self.state = replace(self.state, seq=step.seq, kept=kept)
        self._steps.append(replace(step, error=self._clean(step.error)) if step.error else step)

    def written(self) -> None:
        """What was taken is in the store."""
        self.opens |= self.opening
        self.opening = {}

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
        state = self._kept(then)
        self.size = self.size if state is None else len(state)
        made = Transition(
            run_id=self.claimed.run_id,
            epoch=self.claimed.epoch,
            then=then,
            state=state,
            outcome=self._outcome,
            steps=tuple(self._steps),
            starts=tuple(self._starts),
            loaded=self._loaded,
            **{kind: tuple(items) for kind, items in self._also.items()},
        )
        self._outcome, self._steps, self._starts, self._loaded, self._also = None, [], [], None, {}
        return made

    def _kept(self, then: Go | Sleep | Park | End) -> bytes | None:
        """The state as it is written. A run that rests reads the clock anew when it goes on."""
        if isinstance(then, End):
            return None
        return states.encode(self.state if isinstance(then, Go) else replace(self.state, now=None))


def open_steps(state: State, claimed: Claimed) -> dict[int, UUID]:
    """The steps that threads left open, by thread. A state that names none has at most the one that was claimed."""
    if claimed.intent is None and state.attempt is None and not state.threads:
        return {}
    found = {number: each.attempt.step for number, each in threads_of(state) if each.attempt is not None}
    if claimed.intent is None:
        return {number: step for number, step in found.items() if step is not None}
    found = found or {ROOT: claimed.intent.id}
    return {number: step or claimed.intent.id for number, step in found.items()}
