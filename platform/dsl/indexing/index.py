"""One event against all rules of its trigger.

Owns the order of the questions: each path of the event is read once, and what stands there is looked up; the rules
that are left are asked for the terms that no table answers, each distinct term once. What comes out is what
`Where.early` says of every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from treadle.dsl.indexing.bits import mask_of, places_in
from treadle.dsl.indexing.paths import Path, reader
from treadle.dsl.indexing.predicates import Test
from treadle.dsl.indexing.preparing import Left, Prepared
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.indexing.tables import ROOM, Looks, looks_of
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

T = TypeVar("T")


class RuleIndex(Generic[T]):
    """Rules of one trigger. For each a pair is given: what to answer when it fires, and when it is still open.

    `room` is in bytes: what the sets of one kind of values on one path may take.
    """

    def __init__(self, rules: Sequence[Prepared], answers: Sequence[tuple[T, T]], room: int = ROOM) -> None:
        size = len(rules)
        self._rules = tuple(rules)
        self._answers = tuple(answers)
        self._sure = [pair[rule.loads] for rule, pair in zip(rules, answers, strict=True)]
        self._all = mask_of((at for at, rule in enumerate(rules) if rule.where is not None), size)
        self._asked = mask_of((at for at, rule in enumerate(rules) if rule.left or rule.whole), size)
        self._single: list[tuple[str, Looks, int]] = []
        self._deep: list[tuple[Callable[[Value], Value], Looks, int]] = []
        for path, tests in _by_path(rules).items():
            looks, users = looks_of(tests, self._all, size, room), mask_of(tests, size)
            if path.single is not None:
                self._single.append((path.single, looks, users))
            else:
                self._deep.append((reader(path), looks, users))

    def decide(self, event: Value, now: datetime) -> list[T]:
        """The answers of the rules that fire or are open, in their order. `now` is an aware moment."""
        if type(event) is not dict:
            return self._one_by_one(event, now)
        doubts: list[Doubt] = []
        try:
            rules = self._look(event, doubts)
        except (ArithmeticError, TypeError):  # what is no value of the language, such as a NaN
            return self._one_by_one(event, now)
        if rules & self._asked or doubts:
            return self._ask(rules, doubts, _Asking(event, now))
        sure = self._sure
        return [sure[place] for place in places_in(rules)]

    def _look(self, event: dict[str, Value], doubts: list[Doubt]) -> int:
        rules = self._all
        get = event.get
        for field, looks, users in self._single:
            value = get(field)
            look = looks.get(type(value))
            if look is None:
                doubts.append((users, None))
            else:
                rules &= look(value, doubts)
        for read, looks, users in self._deep:
            value = read(event)
            look = looks.get(type(value))
            if look is None:
                doubts.append((users, None))
            else:
                rules &= look(value, doubts)
        return rules

    def _ask(self, rules: int, doubts: list[Doubt], asking: _Asking) -> list[T]:
        whole = 0
        dropped: set[int] = set()
        for doubtful, tell in doubts:
            if tell is None:
                whole |= doubtful
            else:
                dropped.update(place for place in places_in(rules & doubtful) if not tell(place))
        asked = rules & (self._asked | whole)
        found = {place: self._sure[place] for place in places_in(rules ^ asked) if place not in dropped}
        wholly = set(places_in(asked & whole))
        for place in places_in(asked):
            if place not in dropped and (verdict := self._verdict(place, asking, whole=place in wholly)) is not False:
                found[place] = self._answers[place][verdict is None]
        return [found[place] for place in sorted(found)]

    def _verdict(self, place: int, asking: _Asking, *, whole: bool) -> bool | None:
        rule = self._rules[place]
        if rule.whole or whole:
            return asking.early(rule)
        if not all(asking.holds(each, rule) for each in rule.left):
            return False
        return None if rule.loads else True

    def _one_by_one(self, event: Value, now: datetime) -> list[T]:
        asking = _Asking(event, now)
        found = ((asking.early(rule), pair) for rule, pair in zip(self._rules, self._answers, strict=True))
        return [pair[verdict is None] for verdict, pair in found if verdict is not False]


class _Asking:
    """One event before the evaluator. Remembers what distinct terms were found to be."""

    def __init__(self, event: Value, now: datetime) -> None:
        self._event = event
        self._now = now
        self._known: dict[Hashable, bool] = {}
        self._scopes: dict[tuple[str, str], Scope] = {}

    def early(self, rule: Prepared) -> bool | None:
        """What the rule's whole condition says; a fault is no."""
        if rule.where is None:
            return False
        try:
            return rule.where.early(self._scope(rule))
        except EvaluationError:
            return False

    def holds(self, term: Left, rule: Prepared) -> bool:
        """Whether the term is true."""
        found = self._known.get(term.key)
        if found is None:
            try:
                found = term.run(self._scope(rule)) is True
            except EvaluationError:
                found = False
            self._known[term.key] = found
        return found

    def _scope(self, rule: Prepared) -> Scope:
        key = (rule.name, rule.zone)
        if key not in self._scopes:
            self._scopes[key] = Scope({rule.name: self._event, "now": self._now}, rule.zone)
        return self._scopes[key]


def _by_path(rules: Sequence[Prepared]) -> Mapping[Path, dict[int, tuple[Test, ...]]]:
    found: dict[Path, dict[int, tuple[Test, ...]]] = {}
    for place, rule in enumerate(rules):
        for path, tests in rule.tests.items():
            found.setdefault(path, {})[place] = tests
    return found
