"""Which rules an event can fire that a step causes: an index over all rules, and the comparison of one pair.

Constants are looked up, so that a step that moves a lead to one stage meets the rules of that stage only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from treadle.dsl.analysis.domains import aligned
from treadle.dsl.analysis.facts import Channel, Facts, Heard, Outcome
from treadle.dsl.values import Value

Relation = Literal["no", "may", "must"]
LONG = 30 * 86400.0
"""`once per` for so many seconds keeps an event about the same thing from firing the rule again."""


class Ear(NamedTuple):
    """One `when` of one rule. `plain` when nothing can keep it from firing but what it asks of fields."""

    rule: Facts
    heard: Heard
    plain: bool

    def relation(self, outcome: Outcome, *, sure: bool) -> Relation:
        """Whether the event can fire the rule, or surely does; `sure` when the event surely comes."""
        if self.once and not outcome.fresh:
            return "no"
        must = sure and self.plain
        for field, wanted in self.heard.fields.items():
            value = outcome.known.get(field)
            if value is None:
                must = False
                continue
            here = aligned(value, wanted)
            if not here.meets(wanted):
                return "no"
            if must:
                must = field in outcome.carried and here.within(wanted)
        return "must" if must else "may"

    @property
    def once(self) -> bool:
        """Whether it fires once for a thing, for long."""
        return self.rule.once is not None and self.rule.once >= LONG


class Ears:
    """All that hear one trigger of one connection, which together are its `name`."""

    def __init__(self, name: str, ears: Sequence[Ear]) -> None:
        self.name = name
        self.every = ears
        self._by_value: dict[str, dict[Value, list[Ear]]] = {}
        for ear in ears:
            for field, values in ear.heard.few.items():
                by_value = self._by_value.setdefault(field, {})
                for value in values:
                    by_value.setdefault(value, []).append(ear)
        self._others = {field: [ear for ear in ears if field not in ear.heard.few] for field in self._by_value}

    def likely(self, outcome: Outcome) -> Sequence[Ear]:
        """Those that the event may fire, by one field that has few values; all when there is none."""
        for field, values in outcome.few.items():
            by_value = self._by_value.get(field)
            if by_value is not None:
                return [ear for value in values for ear in by_value.get(value, ())] + self._others[field]
        return self.every


def listen(rules: Iterable[Facts], stoppers: Iterable[Facts]) -> dict[Channel, Ears]:
    """The ears of rules, by trigger and connection. Those that a stopper may keep from firing are not plain."""
    highest: dict[Channel, int] = {}
    for rule in stoppers:
        for heard in rule.hears:
            channel = heard.trigger, heard.connection
            highest[channel] = max(rule.priority, highest.get(channel, rule.priority))
    found: dict[Channel, list[Ear]] = {}
    for rule in rules:
        for heard in rule.hears:
            channel = heard.trigger, heard.connection
            plain = heard.plain and rule.priority >= highest.get(channel, rule.priority)
            found.setdefault(channel, []).append(Ear(rule, heard, plain))
    return {channel: Ears(f"{channel[0]} {channel[1]}", ears) for channel, ears in found.items()}
