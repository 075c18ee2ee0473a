"""Rules that feed each other: who fires whom, and the ways that lead back.

A rule is followed through the sequences that it starts, with their arguments put in, because what they change counts as
its own. It does not hear its own changes unless it says so; it does hear events that it emitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from treadle.dsl.analysis.boxes import ANY, root
from treadle.dsl.analysis.effects import renamed
from treadle.dsl.analysis.facts import Argument, Facts, Outcome, Started, few_of, known_of
from treadle.dsl.analysis.hearing import Ear, Ears, listen
from treadle.dsl.checker.ordering import circle, components
from treadle.dsl.graph import Limit

PAIRS = 1_000
"""Pairs of a step and a rule that are compared in detail; beyond, hearing the trigger counts as perhaps being fired."""
_DEEP = 8  # sequences started by sequences that are followed
_MOST = 200  # events caused by one rule with its sequences that are followed


class Turn(NamedTuple):
    """One part of a loop: the rule, and how it fires the next."""

    rule: Facts
    outcome: Outcome


class Loop(NamedTuple):
    """A way that leads back to its beginning; `must` when nothing on it can end it."""

    turns: tuple[Turn, ...]
    must: bool


class Restart(NamedTuple):
    """Sequences that start each other, each with the step that starts the next, the last one the first."""

    turns: tuple[tuple[Facts, Started], ...]
    must: bool


def loops(rules: Sequence[Facts], sequences: Mapping[str, Facts], limits: Sequence[Limit] = ()) -> list[Loop]:
    """One loop of each set of rules that feed each other; those that must first."""
    ways = _Ways(rules, sequences, limits)
    found = [Loop(turns, must=True) for turns in _circles(ways, ways.must)]
    caught = {turn.rule.name for loop in found for turn in loop.turns}
    return found + [
        Loop(turns, must=False)
        for turns in _circles(ways, ways.may)
        if not any(turn.rule.name in caught for turn in turns)
    ]


def restarts(sequences: Mapping[str, Facts]) -> list[Restart]:
    """Sequences that start each other: one way of each set back to itself, and whether nothing on it can end it."""
    may = {name: [each.sequence for each in facts.starts] for name, facts in sequences.items() if not facts.off}
    must = {
        name: [each.sequence for each in sequences[name].starts if each.certain and not sequences[name].held]
        for name in may
    }
    found = []
    caught: set[str] = set()
    for edges in (must, may):
        for members in components(edges):
            way = None if caught & set(members) else circle(members, edges)
            if way:
                caught |= set(members)
                steps = zip(way, [*way[1:], way[0]], strict=True)
                turns = tuple((sequences[name], _start(sequences[name], to)) for name, to in steps)
                found.append(Restart(turns, must=edges is must))
    return found


def _start(facts: Facts, sequence: str) -> Started:
    starts = [each for each in facts.starts if each.sequence == sequence]
    return next((each for each in starts if each.certain), starts[0])


def reached(rule: Facts, sequences: Mapping[str, Facts]) -> Sequence[Outcome]:
    """All events that a rule causes, also through the sequences that it starts, as seen from the rule."""
    return tuple(islice(_followed(rule, sequences, frozenset()), _MOST)) if rule.starts else rule.outcomes


class _Ways:
    """Who fires whom, by names of rules. A name that begins with a tab stands for everyone who hears a trigger."""

    def __init__(self, rules: Sequence[Facts], sequences: Mapping[str, Facts], limits: Sequence[Limit]) -> None:
        self._limits = [each for each in limits if each.otherwise == "skip"]
        self.rules = {rule.name: rule for rule in rules}
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.may: dict[str, list[str]] = {rule.name: [] for rule in rules}
        self.must: dict[str, list[str]] = {rule.name: [] for rule in rules}
        self._left = PAIRS
        ears = listen(rules)
        for rule in rules:
            for outcome in () if rule.mute else reached(rule, sequences):
                those = ears.get((outcome.trigger, outcome.connection))
                if those is not None:
                    self._add(rule, outcome, those)

    def _sure(self, outcome: Outcome) -> bool:
        """Whether the event comes each time that the rule fires; a limit that skips calls may keep it away."""
        skipped = any(
            outcome.message if each.what == "messages" else outcome.plugin and each.plugin in (None, outcome.plugin)
            for each in self._limits
        )
        return outcome.certain and outcome.happens and not skipped

    def _add(self, rule: Facts, outcome: Outcome, ears: Ears) -> None:
        likely = ears.likely(outcome)
        sure = self._sure(outcome)
        if len(likely) > 1 and (not outcome.known or len(likely) > self._left):
            for must in (True, False) if sure else (False,):
                self._everyone(rule, outcome, ears, must=must)
            return
        self._left -= len(likely)
        for ear in likely:
            relation = ear.relation(outcome)
            if relation != "no" and _hears(ear.rule, rule, outcome):
                self._join(rule.name, ear.rule.name, outcome, must=relation == "must" and sure)

    def _join(self, name: str, to: str, outcome: Outcome, *, must: bool) -> None:
        if must:
            self.must[name].append(to)
            self.outcomes[name, to] = outcome
        self.may[name].append(to)
        self.outcomes.setdefault((name, to), outcome)

    def _everyone(self, rule: Facts, outcome: Outcome, ears: Ears, *, must: bool) -> None:
        """The event may fire each of them, whatever it carries, or surely does fire those that ask nothing."""
        hub = f"\t{ears.name} {outcome.fresh} {must}"
        ways = self.must if must else self.may
        if hub not in ways:
            ways[hub] = [ear.rule.name for ear in ears.every if _open(ear, outcome, must=must)]
        ways[rule.name].append(hub)
        self.outcomes.setdefault((rule.name, hub), outcome)


def _open(ear: Ear, outcome: Outcome, *, must: bool) -> bool:
    return (ear.plain and not ear.heard.fields) if must else (outcome.fresh or not ear.once)


def _hears(rule: Facts, other: Facts, outcome: Outcome) -> bool:
    return rule is not other or rule.own_changes or outcome.trigger.startswith("event.")


def _circles(ways: _Ways, edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[Turn, ...]]:
    core = _core(edges)
    for members in components(core) if core else ():
        inside = set(members)
        names = [name for name in members if name in ways.rules]
        if names and (len(members) > 1 or names[0] in core[names[0]]):
            first = min(names, key=lambda name: _place(ways.rules[name]))
            if way := _shortest(first, inside, ways, core):
                yield way


def _core(edges: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Without those that nobody leads to, again and again: what is left stands in a circle or behind one."""
    led = Counter(to for ways in edges.values() for to in ways)
    left = [name for name in edges if not led[name]]
    for name in left:
        for to in edges[name]:
            led[to] -= 1
            if not led[to]:
                left.append(to)
    gone = set(left)
    return {name: ways for name, ways in edges.items() if name not in gone}


def _place(rule: Facts) -> tuple[str, int]:
    return rule.file, rule.head.start


def _shortest(start: str, inside: set[str], ways: _Ways, edges: Mapping[str, Sequence[str]]) -> tuple[Turn, ...]:
    """The shortest way from a rule back to itself; empty when there is none."""
    came: dict[str, tuple[str, Outcome]] = {}
    back = {start, *(name for name in inside if name not in ways.rules and start in edges[name])}
    asked: set[str] = set()
    left = [start]
    for name in left:
        for to in edges[name]:
            outcome = ways.outcomes[name, to]
            if to in back and _hears(ways.rules[start], ways.rules[name], outcome):
                return _turns(name, outcome, came, start, ways)
            fired = [to] if to in ways.rules else edges[to] if to not in asked else ()
            asked.add(to)
            for each in fired:
                if each in inside and each not in came and each != start:
                    came[each] = (name, outcome)
                    left.append(each)
    return ()


def _turns(
    last: str, outcome: Outcome, came: Mapping[str, tuple[str, Outcome]], start: str, ways: _Ways
) -> tuple[Turn, ...]:
    turns = [Turn(ways.rules[last], outcome)]
    while last != start:
        last, outcome = came[last]
        turns.append(Turn(ways.rules[last], outcome))
    return tuple(reversed(turns))


def _followed(facts: Facts, sequences: Mapping[str, Facts], seen: frozenset[str]) -> Iterator[Outcome]:
    yield from facts.outcomes
    for start in facts.starts:
        target = sequences.get(start.sequence)
        if target is None or target.off or target.mute or start.sequence in seen or len(seen) == _DEEP:
            continue
        for outcome in _followed(target, sequences, seen | {start.sequence}):
            yield _put_in(outcome, start, target)


def _put_in(outcome: Outcome, start: Started, target: Facts) -> Outcome:
    """What a sequence causes when it is started with these arguments, as seen from the step that starts it."""
    carried = {field: _argument(value, start) for field, value in outcome.carried.items()}
    known = known_of(carried)
    return msgspec.structs.replace(
        outcome,
        carried=carried,
        known=known,
        few=few_of(known),
        certain=outcome.certain and start.certain and not target.held,
        words=f'starts "{start.sequence}", which {outcome.words}',
        span=start.span,
    )


def _argument(value: Argument, start: Started) -> Argument:
    name = root(value.path) if value.path else None
    return renamed(value.path, start.args[name], ANY) if value.path and name in start.args else value
