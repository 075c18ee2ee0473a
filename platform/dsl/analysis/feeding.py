"""Who fires whom: the ways from rule to rule that an event can take, and those that it must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from treadle.dsl.analysis.facts import Channel, Facts, Outcome, channels_of
from treadle.dsl.analysis.following import reached
from treadle.dsl.analysis.hearing import Ear, Ears, listen
from treadle.dsl.checker.ordering import components
from treadle.dsl.graph import Limit

PAIRS = 1_000
"""Pairs of a step and a rule that are compared in detail; beyond, hearing the trigger counts as perhaps being fired."""


class Ways:
    """Who fires whom, by names of those rules that may stand in a circle.

    A name that begins with a tab stands for everyone who hears a trigger.
    """

    def __init__(self, rules: Sequence[Facts], sequences: Mapping[str, Facts], limits: Sequence[Limit]) -> None:
        self._limits = [each for each in limits if each.otherwise == "skip"]
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self._adds: dict[tuple[str, str], set[str | None]] = {}
        self._left = PAIRS
        caused = {rule.name: () if rule.mute else reached(rule, sequences) for rule in rules}
        involved = _involved(rules, caused)
        self.rules = {rule.name: rule for rule in involved}
        self.may: dict[str, list[str]] = {name: [] for name in self.rules}
        self.must: dict[str, list[str]] = {name: [] for name in self.rules}
        ears = listen(involved, (rule for rule in rules if rule.stop_after))
        for rule in involved:
            for outcome in caused[rule.name]:
                those = ears.get((outcome.trigger, outcome.connection))
                if those is not None:
                    self._add(rule, outcome, those)

    def _sure(self, outcome: Outcome) -> bool:
        """Whether the event comes each time that the rule fires; a limit that skips calls may keep it away."""
        if not (outcome.certain and outcome.happens):
            return False
        skipped = any(
            outcome.message if each.what == "messages" else outcome.plugin and each.plugin in (None, outcome.plugin)
            for each in self._limits
        )
        return not skipped

    def _add(self, rule: Facts, outcome: Outcome, ears: Ears) -> None:
        likely = ears.likely(outcome)
        sure = self._sure(outcome)
        if len(likely) > 1 and (not outcome.known or len(likely) > self._left):
            for must in (True, False) if sure else (False,):
                self._everyone(rule, outcome, ears, must=must)
            return
        self._left -= len(likely)
        for ear in likely:
            relation = ear.relation(outcome, sure=sure)
            if relation != "no" and hears_of(ear.rule, rule, outcome):
                self._join(rule.name, ear.rule.name, outcome, must=relation == "must")

    def _join(self, name: str, to: str, outcome: Outcome, *, must: bool) -> None:
        if must:
            self.must[name].append(to)
            self.outcomes[name, to] = outcome
        self.may[name].append(to)
        self.outcomes.setdefault((name, to), outcome)
        self._adds.setdefault((name, to), set()).add(outcome.adds)

    def _everyone(self, rule: Facts, outcome: Outcome, ears: Ears, *, must: bool) -> None:
        """The event may fire each of them, whatever it carries, or surely does fire those that ask nothing."""
        hub = f"\t{ears.name} {outcome.fresh} {must}"
        ways = self.must if must else self.may
        if hub not in ways:
            ways[hub] = [ear.rule.name for ear in ears.every if _open(ear, outcome, must=must)]
        ways[rule.name].append(hub)
        self.outcomes.setdefault((rule.name, hub), outcome)
        self._adds.setdefault((rule.name, hub), set()).add(outcome.adds)

    def run_dry(self, ways: Iterable[tuple[str, str]]) -> bool:
        """Whether all these ways are calls of one action that adds the same each time: in the end it has."""
        actions = set[str | None]().union(*(self._adds.get(way, ()) for way in ways))
        return len(actions) == 1 and None not in actions


def _involved(rules: Sequence[Facts], caused: Mapping[str, Sequence[Outcome]]) -> list[Facts]:
    """The rules that stand on a way back to where it began, going by triggers alone."""
    alike: dict[tuple[tuple[Channel, ...], tuple[Channel, ...]], list[Facts]] = {}
    for rule in rules:
        causes = channels_of(caused[rule.name]) if rule.starts else rule.causes
        if causes and not rule.mute:
            alike.setdefault((rule.channels, causes), []).append(rule)
    leads: dict[str, list[str]] = {}
    for hears, causes in alike:
        for channel in hears:
            leads.setdefault(str(channel), []).extend(map(str, causes))
    group = {channel: at for at, members in enumerate(components(leads)) for channel in members}
    return [
        rule
        for (hears, causes), those in alike.items()
        if {group[str(each)] for each in hears} & {group.get(str(each)) for each in causes}
        for rule in those
    ]


def _open(ear: Ear, outcome: Outcome, *, must: bool) -> bool:
    return (ear.plain and not ear.heard.fields) if must else (outcome.fresh or not ear.once)


def hears_of(rule: Facts, other: Facts, outcome: Outcome) -> bool:
    """Whether a rule hears what the other did: it does not hear itself, but for its own events."""
    return rule is not other or rule.own_changes or outcome.trigger.startswith("event.")
