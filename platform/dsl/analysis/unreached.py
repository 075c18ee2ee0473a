"""Rules that never fire, because one of a higher priority that fires first takes all of their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from treadle.dsl.analysis.facts import Facts
from treadle.dsl.analysis.following import reached

PAIRS = 20_000
"""Pairs of rules that are compared; beyond, no more are looked for."""


def unreached(rules: Sequence[Facts], sequences: Mapping[str, Facts]) -> list[tuple[Facts, Facts]]:
    """Each rule that never fires, with the rule that stands before it."""
    by_trigger: dict[str, list[Facts]] = {}
    stoppers = [each for each in rules if _always_stops(each)]
    for rule in rules if stoppers else ():
        for trigger in {each.trigger for each in rule.hears}:
            by_trigger.setdefault(trigger, []).append(rule)
    found: dict[str, tuple[Facts, Facts]] = {}
    left = PAIRS
    for stopper in stoppers:
        own = {outcome.trigger for outcome in reached(stopper, sequences)}
        for rule in by_trigger.get(stopper.hears[0].trigger, ()):
            left -= 1
            if left < 0:
                return list(found.values())
            if _covers(stopper, rule, own):
                found.setdefault(rule.name, (rule, stopper))
    return list(found.values())


def _always_stops(rule: Facts) -> bool:
    """Whether the rule fires, and stops those below it, on all events that its condition describes."""
    free = rule.once is None and not rule.held and not rule.mute
    return rule.stop_after and bool(rule.hears) and rule.box.exact and free


def _covers(stopper: Facts, rule: Facts, own: set[str]) -> bool:
    """Whether all events of the rule are taken. What the stopper causes itself it does not hear, so it is not taken."""
    if rule.elsewise or rule.priority >= stopper.priority:
        return False
    heard = {(each.trigger, each.connection) for each in stopper.hears if not each.picks}
    taken = all((each.trigger, each.connection) in heard and each.trigger not in own for each in rule.hears)
    return taken and rule.box.within(stopper.box)
