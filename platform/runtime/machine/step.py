"""Walks a graph from where a run stands until it must act. Owns what each node means; acts on nothing.

Every thread that can go on does, in the order of their numbers, until each must act or rest. Steps that need no act are
passed on the way and come back as records; what is to be committed with them comes back as effects. An expression
without a value is the failure of its step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from treadle.dsl.graph import Graph, Node
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.values import Value
from treadle.runtime.machine.decisions import Act, DoAsk, DoCall, DoEnd, Effect, Move, Record
from treadle.runtime.machine.nodes import End, Passing, Strayed
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import ROOT, State, Trouble
from treadle.runtime.machine.threads import Place, Threads
from treadle.runtime.ports import Fault

_MOST_PASSED = 10_000  # a graph of the language has no cycles; this holds for one that somebody made


def walk(
    program: Program,
    state: State,
    names: dict[str, Value],
    *,
    busy: Collection[int] = (),
    spread: float = 0.0,
    sequences: Callable[[str], Any] | None = None,
) -> Move:
    """From where the threads stand to their next acts. `names` is what is in scope for the root: the event, `now` and
    `state.vars`; what is assigned on the way is added to it.

    Threads in `busy` are being acted for and left alone. `spread` is the run's number in [0, 1), `sequences` answers
    None for the name of one that is not live. An open call comes back as the act that it was.
    """
    return _Walk(program, state, names, busy, spread, sequences).run()


class _Walk:
    def __init__(
        self,
        program: Program,
        state: State,
        names: dict[str, Value],
        busy: Collection[int],
        spread: float,
        sequences: Callable[[str], Any] | None,
    ) -> None:
        self.threads = Threads(program.graph, state, names)
        self.busy = busy
        self.records: list[Record] = []
        self.effects: list[Effect] = []
        self.acts: list[Act] = []
        self.passing = Passing(program, self.threads, self.records, self.effects, state.now, spread, sequences)

    def run(self) -> Move:
        end: DoEnd | None = None
        while end is None and (place := self.threads.next_ready(self.busy)) is not None:
            end = self._advance(place)
        state = self.threads.state()
        acts = () if end is not None else tuple(self.acts)
        return Move(state=state, acts=acts, end=end, records=tuple(self.records), effects=tuple(self.effects))

    def _advance(self, place: Place) -> DoEnd | None:
        """One thread until it acts, rests or is over; the end of the run, if it comes to that."""
        for _ in range(_MOST_PASSED):
            if place.trouble is not None:
                if not self.threads.catch(place):
                    return self._over(place)
            elif place.rest is not None or place.fork is not None:
                if not self._awake(place):
                    return None
            elif place.at is None:
                if not place.leave_block(self.threads.graph):
                    return self._over(place)
            elif done := self._pass(place, self.threads.graph.nodes[place.at]):
                return done.end if isinstance(done, End) else None
        return DoEnd("failed", Fault("limit", f"the run passed {_MOST_PASSED:,} steps without acting"))

    def _awake(self, place: Place) -> bool:
        return self.passing.wake(place) if place.rest is not None else self._join(place)

    def _pass(self, place: Place, node: Node) -> bool | End:
        """Whether the thread has to act or rest now."""
        try:
            answer = self.passing.node(place, node)
        except (EvaluationError, Strayed) as error:
            self.records.append(Record(node=node.id, what=verb(node), error=Fault(error.code, error.message)))
            place.trouble = Trouble(error.code, error.message, node.id)
            return False
        if isinstance(answer, DoCall | DoAsk):
            self.acts.append(answer)
            return True
        return answer or False

    def _join(self, place: Place) -> bool:
        """Start what the fork has still to start; whether the thread may go on."""
        try:
            return self.passing.join(place)
        except EvaluationError as error:
            place.fork, place.trouble = None, Trouble(error.code, error.message, str(place.at))
            return True

    def _over(self, place: Place) -> DoEnd | None:
        """The thread has no more to do: the run is over, or the parent has one child less."""
        if place.number != ROOT:
            self.threads.finish(place)
            return None
        if place.trouble is None:
            return DoEnd("done")
        return DoEnd("failed", Fault(place.trouble.code, place.trouble.message))


def verb(node: Node) -> str:
    """How the history calls a step of this node."""
    return Passing.verb(node)


def scope_names(graph: Graph, state: State, event: Value) -> dict[str, Value]:
    """What is in scope: the event under its name, `now`, and the values so far."""
    names: dict[str, Value] = {"now": state.now}
    heard = graph.hears or graph.webhooks
    if heard:
        names[(graph.hears + graph.webhooks)[state.heard].name] = event
    names.update(state.vars)
    return names


def names_of(event_name: str, event: Value, now: Value) -> dict[str, Value]:
    """What a condition on an event alone sees."""
    return {event_name: event, "now": now}
