"""Walks the steps of a graph once: which are surely reached, under which conditions, and what can never be.

Blocks are walked as they nest, so the work is linear in the steps. What a step gives a name takes back whatever was
known of that name before.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from treadle.dsl import graph as g
from treadle.dsl.analysis.boxes import Box, fold
from treadle.dsl.analysis.effects import Effects
from treadle.dsl.analysis.facts import Argument, Dead, Heard, Outcome, Started, Write
from treadle.dsl.analysis.terms import Terms
from treadle.dsl.analysis.world import World

_LAST = 100


class State(NamedTuple):
    """What is known at a step: `certain` when every run gets here, `later` when only after a wait, `alive` when any.

    `names` are results that are constants or paths under another name.
    """

    box: Box
    certain: bool = True
    later: bool = False
    alive: bool = True
    names: Mapping[str, Argument] = {}

    def giving(self, name: str | None, value: Argument | None = None) -> State:
        """With a name that has a new value."""
        if name is None:
            return self
        names = _without(self.names, name) if name in self.names else self.names
        return self._replace(box=self.box.without(name), names=_with(names, name, value) if value else names)


def _with(names: Mapping[str, Argument], name: str, value: Argument) -> Mapping[str, Argument]:
    """One more name: only the last ones are copied, so that a long chain of steps costs no more for each."""
    last, before = (names.maps[0], names.maps[1]) if isinstance(names, ChainMap) else ({}, names)
    if len(last) == _LAST:
        last, before = {}, {**names}
    return ChainMap({**last, name: value}, before)  # type: ignore[arg-type]


def _without(names: Mapping[str, Argument], name: str) -> Mapping[str, Argument]:
    return {each: value for each, value in names.items() if each != name}


class Walk:
    """One walk through one graph; what it found stands in its lists."""

    def __init__(self, graph: g.Graph, world: World, terms: Terms, hears: Sequence[Heard]) -> None:
        self._nodes = graph.nodes
        self._entry = graph.entry
        self._stops = graph.stops
        self._terms = terms
        self._effects = Effects(graph, world, terms, hears)
        self._ends = 0
        self.outcomes: list[Outcome] = []
        self.starts: list[Started] = []
        self.writes: list[Write] = []
        self.dead: list[Dead] = []

    def run(self, box: Box) -> None:
        """Walk from the first step, where `box` holds."""
        for stop in self._stops:
            self._hears(stop.where, State(box))
        self._chain(self._entry, None, State(box))

    def _chain(self, at: str | None, until: str | None, state: State) -> State:
        while at is not None and at != until and state.alive:
            node = self._nodes[at]
            state = self._step(node, state)
            at = node.next
        return state

    def _step(self, node: g.Node, state: State) -> State:
        match node:
            case g.Branch():
                return self._branch(node, state)
            case g.Stop() | g.Return() | g.Fail():
                self._ends += 1
                return state._replace(alive=False)
            case g.ForEach(name=name, body=body):
                return self._blocks([body], state.giving(name)._replace(certain=False), state)
            case g.Together(branches=branches):
                return self._blocks(branches, state, state)
            case g.Try(body=body, handler=handler, name=name):
                tried = self._blocks([body], state, state)
                caught = self._blocks([handler], state.giving(name)._replace(certain=False), state)
                return tried._replace(certain=tried.certain and caught.certain)
            case g.Wait() | g.WaitUntil():
                return state._replace(later=True)
            case g.WaitFor(hear=g.Hear(name=name), on_timeout=block) | g.Approve(name=name, on_timeout=block):
                after = state.giving(name)._replace(later=True)
                self._hears(node.where if isinstance(node, g.WaitFor) else (), after)
                return self._blocks([block], after._replace(certain=False), after)
            case _:
                return self._effect(node, state)

    def _hears(self, where: Sequence[g.Condition], state: State) -> None:
        """Report what a run waits for when it can never come."""
        _, dead = self._terms.conditions(where, state.box)
        self.dead += [] if dead is None else [dead]

    def _blocks(self, blocks: Sequence[str | None], inside: State, after: State) -> State:
        """Walk blocks of their own; `after` goes on, no longer certain when one of them may end the run."""
        ends = self._ends
        for block in blocks:
            self._chain(block, None, inside)
        return after if ends == self._ends else after._replace(certain=False)

    def _branch(self, node: g.Branch, state: State) -> State:
        ends, rest, ways = self._ends, state, []
        for arm in node.arms:
            if rest.box.empty:
                break
            taken = rest.box.meet(self._terms.box(arm.test))
            left = rest.box.meet(self._terms.box(arm.test, holds=False))
            if taken.empty:
                self._never(node, arm.to, "branch", arm.text)
            else:
                certain = rest.certain and left.empty
                ways.append(self._chain(arm.to, node.next, rest._replace(box=taken, certain=certain)))
            rest = rest._replace(box=left, certain=rest.certain and taken.empty)
        if rest.box.empty:
            self._never(node, node.otherwise, "else", "")
        else:
            ways.append(self._chain(node.otherwise, node.next, rest))
        return _together([way for way in ways if way.alive], state, certain=ends == self._ends)

    def _never(self, node: g.Branch, to: str | None, what: Literal["branch", "else"], text: str) -> None:
        """Report a way that no run takes, unless there is nothing on it."""
        if to is not None and to != node.next:
            self.dead.append(Dead(what, text, self._nodes[to].span))

    def _effect(self, node: g.Node, state: State) -> State:
        match node:
            case g.Assign(name=name, value=value):
                return state.giving(name, self._effects.argument(value, state))
            case g.Call(name=name) | g.Run(name=name) | g.Ask(name=name):
                self._note(node, state)
                return state.giving(name)
            case _:
                self._note(node, state)
                return state

    def _note(self, node: g.Node, state: State) -> None:
        for found in self._effects.of(node, state):
            match found:
                case Outcome():
                    self.outcomes.append(found)
                case Started():
                    self.starts.append(found)
                case Write():
                    self.writes.append(found)


def _together(ways: Sequence[State], before: State, *, certain: bool) -> State:
    """Where ways meet: what holds on all that are alive."""
    if not ways:
        return before._replace(alive=False)
    names = {name: of for name, of in ways[0].names.items() if all(way.names.get(name) == of for way in ways)}
    return State(
        box=fold([way.box for way in ways], Box.join),
        certain=before.certain and certain,
        later=any(way.later for way in ways),
        names=names,
    )
