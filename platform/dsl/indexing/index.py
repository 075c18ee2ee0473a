"""The index of one trigger's rules: what is asked of an event from outside.

Owns the numbering of rules and what is done with an event that no table can take. What comes out is what `Where.early`
says of every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Terms, early
from treadle.dsl.indexing.leaf import Code, Entry
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.splitting import SMALL, Unsure, node_of
from treadle.dsl.values import Value

T = TypeVar("T")

ROOM = 4 << 20
"""Bytes that the sets for one kind of values on one path may take."""


class RuleIndex(Generic[T]):
    """Rules of one trigger. For each a pair is given: what to answer when it fires, and when it is still open.

    `room` is in bytes: what the sets for one kind of values on one path may take. More than `small` rules are split.
    """

    def __init__(
        self, rules: Sequence[Prepared], answers: Sequence[tuple[T, T]], room: int = ROOM, small: int = SMALL
    ) -> None:
        self._rules = rules
        self._answers = [answer for pair in answers for answer in pair]
        entries = [Entry(at, rule, rule.needs) for at, rule in enumerate(rules)]
        self._root = node_of(entries, Terms(rules), room, small)

    def decide(self, event: Value, now: datetime) -> list[T]:
        """The answers of the rules that fire or are open, in their order. `now` is an aware moment."""
        try:
            codes = self._root.codes(event, now, {}) if type(event) is dict else self._one_by_one(event, now)
        except (ArithmeticError, TypeError, Unsure):  # what is no value of the language too, such as a NaN
            codes = self._one_by_one(event, now)
        codes.sort()
        return [*map(self._answers.__getitem__, codes)]

    def _one_by_one(self, event: Value, now: datetime) -> list[Code]:
        verdicts = enumerate(early(rule, event, now) for rule in self._rules)
        return [2 * number + (verdict is None) for number, verdict in verdicts if verdict is not False]
