"""Walks a graph from where a run stands until it must act. Owns what each node means; acts on nothing.

Assignments, branches, log lines and starts are passed on the way and come back as records. An expression without a
value ends the run as failed, with the place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from treadle.dsl.graph import Assign, Branch, Call, Fail, Graph, Log, Node, Start, Stop, Wait
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import Act, DoCall, DoEnd, DoWait, Move, Record, StartRun
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import State
from treadle.runtime.ports import Fault

LONGEST_WAIT = timedelta(days=365)
_MOST_PASSED = 10_000  # a graph of the language has no cycles; this holds for one that somebody made


def walk(program: Program, state: State, names: dict[str, Value]) -> Move:
    """From `state.at` to the next act. `names` is what is in scope: the event, `now` and `state.vars`; what is
    assigned on the way is added to it.
    """
    return _Walk(program, state, names).run()


class _Walk:
    def __init__(self, program: Program, state: State, names: dict[str, Value]) -> None:
        self.program = program
        self.state = state
        self.names = names
        self.scope: Scope = program.scope(names)
        self.vars: dict[str, Any] = state.vars
        self.at = state.at
        self.records: list[Record] = []
        self.starts: list[StartRun] = []

    def run(self) -> Move:
        for _ in range(_MOST_PASSED):
            if self.at is None:
                return self._move(DoEnd("done"))
            node = self.program.graph.nodes[self.at]
            try:
                act = self._pass(node)
            except EvaluationError as error:
                return self._fail(node, Fault(error.code, error.message))
            if act is not None:
                return self._move(act)
        return self._move(DoEnd("failed", Fault("limit", f"the run passed {_MOST_PASSED:,} steps without acting")))

    def _pass(self, node: Node) -> Act | None:
        match node:
            case Call():
                return DoCall(node, self._args(node.id))
            case Assign():
                self._assign(node)
            case Branch():
                self._branch(node)
            case Log():
                self._passed(node, input=self._single(node))
            case Start():
                self.starts.append(StartRun(node.sequence, self._args(node.id), len(self.records)))
                self._passed(node, input=self.starts[-1].args)
            case Wait():
                return self._wait(node)
            case Stop():
                self._passed(node)
                return DoEnd("done")
            case Fail():
                fault = Fault("failed", str(self._single(node)))
                self.records.append(Record(node=node.id, what="fail", error=fault))
                return DoEnd("failed", fault)
        return None

    def _single(self, node: Node) -> Value:
        return self.program.single[node.id](self.scope)

    def _args(self, id: str) -> dict[str, Value]:
        return {name: evaluate(self.scope) for name, evaluate in self.program.args[id]}

    def _assign(self, node: Assign) -> None:
        value = self._single(node)
        self.names[node.name] = value
        self.vars = {**self.vars, node.name: value}
        self._passed(node, output=value)

    def _branch(self, node: Branch) -> None:
        otherwise = node.otherwise if node.otherwise is not None else node.next
        arms = self.program.arms[node.id]
        self.at = next((to for test, to in arms if test(self.scope) is True), otherwise)
        self.records.append(Record(node=node.id, what="if", output=self.at))

    def _wait(self, node: Wait) -> Act | None:
        duration = self._single(node)
        if duration > LONGEST_WAIT:
            raise EvaluationError("limit", f"a wait lasts at most {LONGEST_WAIT.days} days")
        self._passed(node, input=duration)
        seconds = duration.total_seconds()
        return DoWait(seconds) if seconds > 0 else None

    def _passed(self, node: Node, *, input: Value = None, output: Value = None) -> None:
        what = "let" if isinstance(node, Assign) else type(node).__name__.lower()
        self.records.append(Record(node=node.id, what=what, input=input, output=output))
        self.at = node.next

    def _fail(self, node: Node, fault: Fault) -> Move:
        what = f"{node.plugin}.{node.action}" if isinstance(node, Call) else type(node).__name__.lower()
        self.records.append(Record(node=node.id, what=what, error=fault))
        return self._move(DoEnd("failed", fault))

    def _move(self, act: Act) -> Move:
        state = replace(self.state, at=self.at, vars=self.vars)
        return Move(state=state, act=act, records=tuple(self.records), starts=tuple(self.starts))


def settled(state: State, node: Call, result: Value) -> State:
    """The state after a call that succeeded with `result`."""
    kept = state.vars if node.name is None else {**state.vars, node.name: result}
    return replace(state, at=node.next, vars=kept, attempt=None)


def scope_names(graph: Graph, state: State, event: Value) -> dict[str, Value]:
    """What is in scope: the event under its name, `now`, and the values so far."""
    names: dict[str, Value] = {"now": state.now}
    if graph.hears:
        names[graph.hears[state.heard].name] = event
    names.update(state.vars)
    return names


def names_of(event_name: str, event: Value, now: Value) -> dict[str, Value]:
    """What a condition on an event alone sees."""
    return {event_name: event, "now": now}
