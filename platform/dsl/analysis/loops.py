"""Rules that feed each other: the ways that lead back to where they began.

A rule is followed through the sequences that it starts, with their arguments put in, because what they change counts as
its own. It does not hear its own changes unless it says so; it does hear events that it emitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from treadle.dsl.analysis.facts import Facts, Outcome, Started
from treadle.dsl.analysis.feeding import Ways, hears_of
from treadle.dsl.checker.ordering import circle, components
from treadle.dsl.graph import Limit


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
    ways = Ways(rules, sequences, limits)
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


def _circles(ways: Ways, edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[Turn, ...]]:
    core = _core(edges)
    for members in components(core) if core else ():
        inside = set(members)
        names = [name for name in members if name in ways.rules]
        if names and (len(members) > 1 or names[0] in core[names[0]]):
            if ways.run_dry((name, to) for name in members for to in core[name] if to in inside):
                continue
            first = min(names, key=lambda name: ways.rules[name].place)
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


def _shortest(start: str, inside: set[str], ways: Ways, edges: Mapping[str, Sequence[str]]) -> tuple[Turn, ...]:
    """The shortest way from a rule back to itself; empty when there is none."""
    came: dict[str, tuple[str, Outcome]] = {}
    back = {start, *(name for name in inside if name not in ways.rules and start in edges[name])}
    asked: set[str] = set()
    left = [start]
    for name in left:
        for to in edges[name]:
            outcome = ways.outcomes[name, to]
            if to in back and hears_of(ways.rules[start], ways.rules[name], outcome):
                return _turns(name, outcome, came, start, ways)
            fired = [to] if to in ways.rules else edges[to] if to not in asked else ()
            asked.add(to)
            for each in fired:
                if each in inside and each not in came and each != start:
                    came[each] = (name, outcome)
                    left.append(each)
    return ()


def _turns(
    last: str, outcome: Outcome, came: Mapping[str, tuple[str, Outcome]], start: str, ways: Ways
) -> tuple[Turn, ...]:
    turns = [Turn(ways.rules[last], outcome)]
    while last != start:
        last, outcome = came[last]
        turns.append(Turn(ways.rules[last], outcome))
    return tuple(reversed(turns))
