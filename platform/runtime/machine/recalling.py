"""The machine fed with what a history recorded, up to a step: where a run stands then. Pure; nothing is acted on.

Owns which recorded outcome belongs to which act. A step inside `together` or `for each` has no state of its own to
begin from, and agents are not recalled: both are refused.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from treadle.dsl import values
from treadle.dsl.graph import Call
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import Act, DoCall, Record
from treadle.runtime.machine.feeding import answered, earliest, failed, settled, skipped
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import ROOT, State, threads_of
from treadle.runtime.machine.step import scope_names, walk
from treadle.runtime.ports import Fault, StoredStep
from treadle.runtime.redaction import MASK

_MOST_WALKS = 10_000


class Unrecalled(Exception):
    """The history does not lead to the step; the message says why."""


class Recalled(msgspec.Struct, frozen=True):
    """Where the run stands, and what lies behind it in order: steps passed, and recorded ones that were fed."""

    state: State
    behind: tuple[Record | StoredStep, ...]


def recall(program: Program, state: State, event: Value, steps: Sequence[StoredStep], until: str) -> Recalled:
    """From `state`, a first one, to the node `until`. Raises `Unrecalled`."""
    return _Recall(program, event, steps, until).run(state)


class _Recall:
    def __init__(self, program: Program, event: Value, steps: Sequence[StoredStep], until: str) -> None:
        graph = program.graph
        barrier = Call(id=until, span=graph.nodes[until].span, next=None, plugin="", action="", args={}, effect="blind")
        # No window holds up what is only recalled; the step itself is an act, whatever it is.
        self._program = Program(replace(graph, during=None, nodes={**graph.nodes, until: barrier}), program.version)
        self._event = event
        self._until = until
        self._recorded: defaultdict[str, deque[StoredStep]] = defaultdict(deque)
        for step in steps:
            if step.what not in ("log", "sent twice", "late answer", "missed") or step.node not in graph.nodes:
                self._recorded[step.node].append(step)
        self._now = min((step.started_at for step in steps if step.started_at), default=None)
        self._behind: list[Record | StoredStep] = []

    def run(self, state: State) -> Recalled:
        for _ in range(_MOST_WALKS):
            state = replace(state, now=self._now)
            move = walk(self._program, state, scope_names(self._program.graph, state, self._event))
            self._behind += move.records
            state = move.state
            if (reached := next((act for act in move.acts if act.node.id == self._until), None)) is not None:
                if reached.thread != ROOT or state.threads:
                    raise Unrecalled("it stands inside `together` or `for each`; begin at that, or at the very start")
                return Recalled(replace(state, now=None), tuple(self._behind))
            if move.end is not None:
                raise Unrecalled("with what was recorded the run does not come to it")
            state = self._fed(state, move.acts) if move.acts else self._woken(state)
        raise Unrecalled("the run goes on for too long before it")

    def _fed(self, state: State, acts: Sequence[Act]) -> State:
        for act in acts:
            if not isinstance(act, DoCall):
                raise Unrecalled(f"step {act.node.id} before it asks an agent, whose turns are not recalled")
            node, step = act.node, self._next(act.node.id)
            fault = step.error or Fault("failed", "it failed")
            match step.state:
                case "done":
                    result = self._value(step, node.name)
                    state = settled(state, node, result, act.thread)
                case "skipped":
                    state = skipped(state, node, act.thread)
                case "failed" | "unknown":
                    state = failed(state, act.thread, node.id, fault, unknown=step.state == "unknown")
                case "intent":
                    raise Unrecalled(f"step {step.seq} before it has no outcome")
            self._behind.append(step)
            self._passes(step.ended_at)
        return state

    def _woken(self, state: State) -> State:
        for number, thread in threads_of(state):
            if thread.rest is None or thread.rest.slot is None:
                continue
            step = self._next(str(thread.at))
            if step.error is not None:
                return failed(replace(state), number, str(thread.at), step.error)
            if step.output == b'"timeout"':
                self._passes(thread.rest.until)
                return state
            self._behind.append(step)
            self._passes(step.started_at)
            name = getattr(self._program.graph.nodes[str(thread.at)], "name", None)
            return answered(self._program.graph, state, number, self._value(step, name))
        until = earliest(state)
        if until is None:
            raise Unrecalled("the run does not come to it by itself")
        self._passes(until)
        return state

    def _passes(self, until: datetime | None) -> None:
        if until is not None and (self._now is None or until > self._now):
            self._now = until

    def _next(self, node: str) -> StoredStep:
        found = self._recorded[node]
        if not found:
            raise Unrecalled(f"step {node} before it was never done")
        return found.popleft()

    def _value(self, step: StoredStep, name: str | None) -> Any:
        if step.output is None or name is None:
            return None
        if MASK in step.output.decode():
            raise Unrecalled(f"what step {step.seq} gave holds a secret, which the history does not keep")
        return self._program.revived(name, values.decode(step.output))
