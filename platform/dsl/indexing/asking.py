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

Known = dict[int, bool]
"""What terms, by number, were found to be of one event."""


class Terms:
    """The distinct terms of all rules that no table answers."""

    def __init__(self, rules: Sequence[Prepared]) -> None:
        numbers: dict[Hashable, int] = {}
        self._quick: list[Quick | None] = []
        self._runs: list[tuple[Evaluation, str, str]] = []
        self._of: dict[int, list[int]] = {}
        for at, rule in enumerate(rules):
            for left in rule.left:
                number = numbers.setdefault(left.key, len(numbers))
                if number == len(self._runs):
                    self._quick.append(left.quick)
                    self._runs.append((left.run, rule.name, rule.zone))
                self._of.setdefault(at, []).append(number)

    def hold(self, rule: int, event: Value, now: datetime, known: Known) -> bool:
        """Whether all terms that are left of the rule of this number are true. Adds to `known`."""
        for number in self._of.get(rule, ()):
            found = known.get(number)
            if found is None:
                found = known[number] = self.true(number, event, now)
            if not found:
                return False
        return True

    def of(self, rule: int) -> list[int]:
        """The numbers of the terms that are left of the rule of this number."""
        return self._of.get(rule, [])

    def true(self, number: int, event: Value, now: datetime) -> bool:
        """Whether the term of this number is true."""
        quick = self._quick[number]
        if quick is not None and (found := quick(event)) is not None:
            return found
        run, name, zone = self._runs[number]
        try:
            return run(Scope({name: event, "now": now}, zone)) is True
        except EvaluationError:
            return False


def early(rule: Prepared, event: Value, now: datetime) -> bool | None:
    """What the rule's whole condition says."""
    if rule.where is None:
        return False
    try:
        return rule.where.early(Scope({rule.name: event, "now": now}, rule.zone))
    except EvaluationError:
        return False
