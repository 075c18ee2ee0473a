"""The index of one trigger's rules: what is asked of an event from outside.

Owns the numbering of rules and what is done with an event that no table can take. What comes out is what `Where.early`
says of every rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Terms, early
from treadle.dsl.indexing.leaf import Entry
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.splitting import SMALL, Unsure, node_of
from treadle.dsl.values import Value

T = TypeVar("T")

ROOM = 4 << 20
"""Bytes that the sets for one kind of values on one path may take."""


class RuleIndex(Generic[T]):
    """Rules of one trigger, and for each what to answer when it fires, or with `Prepared.loads` is still open.

    `room` is in bytes: what the sets for one kind of values on one path may take. More than `small` rules are split.
    """

    def __init__(self, rules: Sequence[Prepared], answers: Sequence[T], room: int = ROOM, small: int = SMALL) -> None:
        self._rules = rules
        self._answers = answers
        entries = [Entry(at, rule, rule.needs) for at, rule in enumerate(rules)]
        self._root = node_of(entries, answers, Terms(rules), room, small)

    def decide(self, event: Value, now: datetime) -> list[T]:
        """The answers of the rules that the event does not speak against, in their order. `now` is an aware moment."""
        if type(event) is dict:
            try:
                return self._root.decide(event, now)
            except (ArithmeticError, TypeError, Unsure):  # what is no value of the language too, such as a NaN
                pass
        pairs = zip(self._rules, self._answers, strict=True)
        return [answer for rule, answer in pairs if early(rule, event, now) is not False]
