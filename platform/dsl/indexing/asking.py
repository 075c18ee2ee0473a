"""What no table answers: terms asked of the evaluator, each distinct one once an event, and whole conditions.

Owns which terms are the same and what a fault means: the rule does not fire.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime

from treadle.dsl.evaluator.compilation import Evaluation
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.texts import Quick
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value


class Terms:
    """The distinct terms of all rules that no table answers; `of` has their numbers, by the place of the rule."""

    def __init__(self, rules: Sequence[Prepared]) -> None:
        numbers: dict[Hashable, int] = {}
        self.quick: list[Quick | None] = []
        self.runs: list[tuple[Evaluation, str, str]] = []
        self.of: dict[int, list[int]] = {}
        for place, rule in enumerate(rules):
            for left in rule.left:
                number = numbers.setdefault(left.key, len(numbers))
                if number == len(self.runs):
                    self.quick.append(left.quick)
                    self.runs.append((left.run, rule.name, rule.zone))
                self.of.setdefault(place, []).append(number)


class Asking:
    """One event before the evaluator."""

    __slots__ = ("_event", "_known", "_now", "_scopes", "_terms")

    def __init__(self, terms: Terms, event: Value, now: datetime) -> None:
        self._terms = terms
        self._event = event
        self._now = now
        self._known: dict[int, bool] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}

    def failing(self, places: Sequence[int]) -> list[int]:
        """Those of the rules for which a term that is left is not true."""
        known, of = self._known, self._terms.of
        failing = []
        for place in places:
            for number in of[place]:
                found = known.get(number)
                if found is None:
                    found = known[number] = self._true(number)
                if not found:
                    failing.append(place)
                    break
        return failing

    def early(self, rule: Prepared) -> bool | None:
        """What the rule's whole condition says."""
        if rule.where is None:
            return False
        try:
            return rule.where.early(self._scope(rule.name, rule.zone))
        except EvaluationError:
            return False

    def _true(self, number: int) -> bool:
        quick = self._terms.quick[number]
        if quick is not None and (found := quick(self._event)) is not None:
            return found
        run, name, zone = self._terms.runs[number]
        try:
            return run(self._scope(name, zone)) is True
        except EvaluationError:
            return False

    def _scope(self, name: str, zone: str) -> Scope:
        if (name, zone) not in self._scopes:
            self._scopes[name, zone] = Scope({name: self._event, "now": self._now}, zone)
        return self._scopes[name, zone]
