"""Rules that feed each other: who fires whom, and the ways that lead back.

A rule is followed through the sequences that it starts, with their arguments put in, because what they change counts as
its own. It does not hear its own changes unless it says so; it does hear events that it emitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from treadle.dsl.analysis.boxes import ANY, root
from treadle.dsl.analysis.effects import renamed
from treadle.dsl.analysis.facts import Argument, Facts, Outcome, Started
from treadle.dsl.analysis.hearing import Ear, Ears, listen
from treadle.dsl.checker.ordering import circle, components
from treadle.dsl.graph import Limit
from treadle.dsl.spans import Span

PAIRS = 20_000
"""Pairs of a step and a rule that are compared in detail; beyond, hearing the trigger counts as perhaps being fired."""
_DEEP = 8  # sequences started by sequences that are followed
_MOST = 200  # events caused by one rule with its sequences that are followed


class Feed(NamedTuple):
    """One step that feeds a rule, as seen from the rule that it belongs to: `words` say how, `span` is its own step."""

    outcome: Outcome
    words: str
    span: Span


class Turn(NamedTuple):
    """One part of a loop: the rule, and how it fires the next."""

    rule: Facts
    feed: Feed


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


def reached(rule: Facts, sequences: Mapping[str, Facts]) -> Iterator[Feed]:
    """All events that a rule causes, also through the sequences that it starts."""
    for count, feed in enumerate(_followed(rule, sequences, frozenset())):
        if count == _MOST:
            return
        yield feed


class _Ways:
    """Who fires whom, by names of rules. A name that begins with a tab stands for everyone who hears a trigger."""

    def __init__(self, rules: Sequence[Facts], sequences: Mapping[str, Facts], limits: Sequence[Limit]) -> None:
        self._limits = [each for each in limits if each.otherwise == "skip"]
        self.rules = {rule.name: rule for rule in rules}
        self.feeds: dict[tuple[str, str], Feed] = {}
        self.may: dict[str, list[str]] = {rule.name: [] for rule in rules}
        self.must: dict[str, list[str]] = {rule.name: [] for rule in rules}
        self._left = PAIRS
        self._ears = listen(rules)
        for rule in rules:
            for feed in () if rule.mute else reached(rule, sequences):
                ears = self._ears.get((feed.outcome.trigger, feed.outcome.connection))
                if ears is not None:
                    self._add(rule, feed, ears)

    def _sure(self, outcome: Outcome) -> bool:
        """Whether the event comes each time that the rule fires; a limit that skips calls may keep it away."""
        skipped = any(
            outcome.message if each.what == "messages" else outcome.plugin and each.plugin in (None, outcome.plugin)
            for each in self._limits
        )
        return outcome.certain and outcome.happens and not skipped

    def _add(self, rule: Facts, feed: Feed, ears: Ears) -> None:
        known = feed.outcome.kept or any(each.domain for each in feed.outcome.carried.values())
        likely = ears.likely(feed.outcome) if known else ears.every
        if len(likely) > 1 and (not known or len(likely) > self._left):
            self._everyone(rule, feed, ears)
            return
        self._left -= len(likely)
        for ear in likely:
            relation = ear.relation(feed.outcome)
            if relation != "no" and _hears(ear.rule, rule, feed):
                self._join(rule.name, ear.rule.name, feed, must=relation == "must" and self._sure(feed.outcome))

    def _join(self, name: str, to: str, feed: Feed, *, must: bool) -> None:
        if must:
            self.must[name].append(to)
            self.feeds[name, to] = feed
        self.may[name].append(to)
        self.feeds.setdefault((name, to), feed)

    def _everyone(self, rule: Facts, feed: Feed, ears: Ears) -> None:
        """The event may fire each of them, whatever it carries."""
        outcome = feed.outcome
        for must in (True, False) if self._sure(outcome) else (False,):
            hub = f"\t{outcome.trigger} {outcome.connection} {outcome.fresh} {must}"
            ways = self.must if must else self.may
            if hub not in ways:
                ways[hub] = [ear.rule.name for ear in ears.every if _open(ear, outcome, must=must)]
            ways[rule.name].append(hub)
            self.feeds.setdefault((rule.name, hub), feed)


def _open(ear: Ear, outcome: Outcome, *, must: bool) -> bool:
    return (ear.plain and not ear.fields) if must else (outcome.fresh or not ear.once)


def _hears(rule: Facts, other: Facts, feed: Feed) -> bool:
    return rule is not other or rule.own_changes or feed.outcome.trigger.startswith("event.")


def _circles(ways: _Ways, edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[Turn, ...]]:
    for members in components(edges):
        inside = set(members)
        names = sorted(inside & ways.rules.keys(), key=lambda name: _place(ways.rules[name]))
        if not names:
            continue
        way = _shortest(names[0], inside, ways, edges)
        if way:
            yield way


def _place(rule: Facts) -> tuple[str, int]:
    return rule.file, rule.head.start


def _shortest(start: str, inside: set[str], ways: _Ways, edges: Mapping[str, Sequence[str]]) -> tuple[Turn, ...]:
    """The shortest way from a rule back to itself; empty when there is none."""
    came: dict[str, tuple[str, Feed]] = {}
    back = {start, *(name for name in inside if name not in ways.rules and start in edges[name])}
    asked: set[str] = set()
    left = [start]
    for name in left:
        for to in edges[name]:
            feed = ways.feeds[name, to]
            if to in back and _hears(ways.rules[start], ways.rules[name], feed):
                return _turns(name, feed, came, start, ways)
            fired = [to] if to in ways.rules else edges[to] if to not in asked else ()
            asked.add(to)
            for each in fired:
                if each in inside and each not in came and each != start:
                    came[each] = (name, feed)
                    left.append(each)
    return ()


def _turns(last: str, feed: Feed, came: Mapping[str, tuple[str, Feed]], start: str, ways: _Ways) -> tuple[Turn, ...]:
    turns = [Turn(ways.rules[last], feed)]
    while last != start:
        last, feed = came[last]
        turns.append(Turn(ways.rules[last], feed))
    return tuple(reversed(turns))


def _followed(facts: Facts, sequences: Mapping[str, Facts], seen: frozenset[str]) -> Iterator[Feed]:
    for outcome in facts.outcomes:
        yield Feed(outcome, outcome.words, outcome.span)
    for start in facts.starts:
        target = sequences.get(start.sequence)
        if target is None or target.off or target.mute or start.sequence in seen or len(seen) == _DEEP:
            continue
        for feed in _followed(target, sequences, seen | {start.sequence}):
            words = f'starts "{start.sequence}", which {feed.words}'
            yield Feed(_put_in(feed.outcome, start, target), words, start.span)


def _put_in(outcome: Outcome, start: Started, target: Facts) -> Outcome:
    """What a sequence causes when it is started with these arguments."""
    carried = {field: _argument(value, start) for field, value in outcome.carried.items()}
    certain = outcome.certain and start.certain and not target.held
    return msgspec.structs.replace(outcome, carried=carried, certain=certain)


def _argument(value: Argument, start: Started) -> Argument:
    name = root(value.path) if value.path else None
    return renamed(value.path, start.args[name], ANY) if value.path and name in start.args else value
