"""Walks a graph from where a run stands until it must act. Owns what each node means; acts on nothing.

Every thread that can go on does, in the order of their numbers, until each must act or rest. Steps that need no act are
passed on the way and come back as records; what is to be committed with them comes back as effects. An expression
without a value is the failure of its step.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from treadle.dsl import graph as g
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.values import Value
from treadle.runtime.machine.asking import Asking
from treadle.runtime.machine.decisions import Act, DoEnd, Move, Record
from treadle.runtime.machine.forks import Forking
from treadle.runtime.machine.nodes import Simple
from treadle.runtime.machine.passing import End, Passed, Strayed, verb
from treadle.runtime.machine.program import Program
from treadle.runtime.machine.state import ROOT, State, Trouble
from treadle.runtime.machine.threads import Place
from treadle.runtime.ports import Fault

_MOST_PASSED = 10_000  # a graph of the language has no cycles; this holds for one that somebody made


def walk(
    program: Program,
    state: State,
    names: dict[str, Value],
    *,
    busy: Collection[int] = (),
    spread: float = 0.0,
    sequences: Callable[[str], Program | None] | None = None,
    lists: dict[int, list[Value]] | None = None,
) -> Move:
    """From where the threads stand to their next acts. `names` is what is in scope for the root: the event, `now` and
    `state.vars`; what is assigned on the way is added to it.

    Threads in `busy` are being acted for and left alone. `spread` is the run's number in [0, 1), `sequences` answers
    None for the name of one that is not live. `lists` keeps what loops go through from one walk to the next, by thread.
    An open call comes back as the act that it was.
    """
    return _Walk(program, state, names, spread, sequences, lists).run(busy)


class _Walk(Simple, Asking, Forking):
    __slots__ = ()

    def run(self, busy: Collection[int]) -> Move:
        acts: list[Act] = []
        end: DoEnd | None = None
        while end is None and (place := self.threads.next_ready(busy)) is not None:
            answer = self._advance(place)
            if type(answer) is End:
                end = answer.end
            elif answer is not None:
                acts.append(answer)  # type: ignore[arg-type]
        return Move(
            state=self.threads.state(),
            acts=() if end is not None else tuple(acts),
            end=end,
            records=tuple(self.records),
            effects=tuple(self.effects),
        )

    def _advance(self, place: Place) -> Act | End | None:
        """One thread until it acts, rests or is over."""
        nodes = self.program.graph.nodes
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
            elif (answer := self._pass(place, nodes[place.at])) is not None:
                return None if isinstance(answer, bool) else answer
        return End(DoEnd("failed", Fault("limit", f"the run passed {_MOST_PASSED:,} steps without acting")))

    def _pass(self, place: Place, node: g.Node) -> Passed:
        try:
            return _HOW[type(node)](self, place, node)
        except (EvaluationError, Strayed) as error:
            self.records.append(Record(node=node.id, what=verb(node), error=Fault(error.code, error.message)))
            place.trouble = Trouble(error.code, error.message, node.id)
            return None

    def _awake(self, place: Place) -> bool:
        """Whether a thread that rests, or waits for its children, goes on."""
        try:
            return self.wake(place) if place.rest is not None else self.join(place)
        except EvaluationError as error:
            place.fork, place.trouble = None, Trouble(error.code, error.message, str(place.at))
            return True

    def _over(self, place: Place) -> End | None:
        """The thread has no more to do: the run is over, or the parent has one child less."""
        if place.number != ROOT:
            self.threads.finish(place)
            return None
        if place.trouble is None:
            return End(DoEnd("done"))
        return End(DoEnd("failed", Fault(place.trouble.code, place.trouble.message)))


_HOW: dict[type[g.GraphNode], Callable[[_Walk, Place, Any], Passed]] = {
    g.Call: _Walk.call,
    g.Ask: _Walk.ask,
    g.Assign: _Walk.assign,
    g.Branch: _Walk.branch,
    g.Log: _Walk.log,
    g.Try: _Walk.try_,
    g.Emit: _Walk.emit,
    g.Cancel: _Walk.cancel,
    g.Stop: _Walk.stop,
    g.Return: _Walk.return_,
    g.Fail: _Walk.fail,
    g.Wait: _Walk.wait,
    g.WaitUntil: _Walk.wait,
    g.WaitFor: _Walk.wait_for,
    g.Approve: _Walk.approve,
    g.Start: _Walk.start,
    g.Run: _Walk.start,
    g.Together: _Walk.together,
    g.ForEach: _Walk.for_each,
}


def scope_names(graph: g.Graph, state: State, event: Value) -> dict[str, Value]:
    """What is in scope: the event under its name, `now`, and the values so far."""
    names: dict[str, Value] = {"now": state.now}
    if graph.hears or graph.webhooks:
        heard = graph.hears + graph.webhooks if graph.webhooks else graph.hears
        names[heard[state.heard].name] = event
    names.update(state.vars)
    return names


def names_of(event_name: str, event: Value, now: Value) -> dict[str, Value]:
    """What a condition on an event alone sees."""
    return {event_name: event, "now": now}
