"""Which rules an event can fire that a step causes: an index over all rules, and the comparison of one pair.

Constants are looked up, so that a step that moves a lead to one stage meets the rules of that stage only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from treadle.dsl.analysis.domains import Domain, aligned
from treadle.dsl.analysis.facts import Facts, Heard, Outcome
from treadle.dsl.analysis.terms import EVENT
from treadle.dsl.values import Value

Relation = Literal["no", "may", "must"]
LONG = 30 * 86400.0
"""`once per` for so many seconds keeps an event about the same thing from firing the rule again."""


class Ear(NamedTuple):
    """One `when` of one rule. `fields` are what it asks of fields of the event, `plain` when it asks nothing else and
    nothing else can keep it from firing.
    """

    rule: Facts
    fields: dict[str, Domain]
    plain: bool

    def relation(self, outcome: Outcome) -> Relation:
        """Whether the event can fire the rule, or surely does."""
        if self.once and not outcome.fresh:
            return "no"
        must = outcome.certain and outcome.happens and self.plain
        for field, wanted in self.fields.items():
            carried = outcome.carried.get(field)
            value = carried.domain if carried else outcome.kept.get(field)
            if value is None:
                must = False
                continue
            here = aligned(value, wanted)
            if (here & wanted).empty:
                return "no"
            must = must and carried is not None and here.within(wanted)
        return "must" if must else "may"

    @property
    def once(self) -> bool:
        """Whether it fires once for a thing, for long."""
        return self.rule.once is not None and self.rule.once >= LONG


class Ears:
    """All that hear one trigger of one connection."""

    def __init__(self, ears: Sequence[Ear]) -> None:
        self.every = ears
        self._by_value: dict[str, dict[Value, list[Ear]]] = {}
        self._others: dict[str, list[Ear]] = {}
        for field in {field for ear in ears for field in ear.fields}:
            self._index(field)

    def likely(self, outcome: Outcome) -> Sequence[Ear]:
        """Those that the event may fire, by one field that has few values; all when there is none."""
        for field, by_value in self._by_value.items():
            carried = outcome.carried.get(field)
            domain = carried.domain if carried else outcome.kept.get(field)
            values = domain.values() if domain else None
            if values is not None:
                found = [ear for value in values for ear in by_value.get(value, ())]
                return found + self._others[field]
        return self.every

    def _index(self, field: str) -> None:
        by_value: dict[Value, list[Ear]] = {}
        others = []
        for ear in self.every:
            values = ear.fields[field].values() if field in ear.fields else None
            if values is None:
                others.append(ear)
            for value in values or ():
                by_value.setdefault(value, []).append(ear)
        if by_value:
            self._by_value[field], self._others[field] = by_value, others


def listen(rules: Iterable[Facts]) -> dict[tuple[str, str | None], Ears]:
    """The ears of all rules, by trigger and connection."""
    found: dict[tuple[str, str | None], list[Ear]] = {}
    for rule in rules:
        for heard in rule.hears:
            found.setdefault((heard.trigger, heard.connection), []).append(_ear(rule, heard))
    return {key: Ears(_unstopped(ears)) for key, ears in found.items()}


def _unstopped(ears: Sequence[Ear]) -> Sequence[Ear]:
    """Those that a rule with `stop after` may keep from firing are no longer plain."""
    stoppers = [ear.rule for ear in ears if ear.rule.stop_after]
    if not stoppers:
        return ears
    return [
        ear._replace(plain=ear.plain and not any(each.priority > ear.rule.priority for each in stoppers))
        for ear in ears
    ]


def _ear(rule: Facts, heard: Heard) -> Ear:
    fields = {name: each.domain for name, each in heard.args.items() if each.domain is not None}
    plain = rule.box.exact and rule.once is None and not rule.held and len(fields) == len(heard.args)
    for path, wanted in rule.box.paths.items():
        before, _, field = path.partition(".")
        if before == EVENT and field.isidentifier() and field not in fields:
            fields[field] = wanted
        else:
            plain = False
    return Ear(rule, fields, plain)
