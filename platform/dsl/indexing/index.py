"""One event against all rules of its trigger.

Owns the order of the questions: each path of the event is read once, and what stands there is looked up; the rules
that are left are asked for the terms that no table answers. What comes out is what `Where.early` says of every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Asking, Terms
from treadle.dsl.indexing.bits import mask_of, places_in
from treadle.dsl.indexing.paths import Path, reader
from treadle.dsl.indexing.predicates import Need
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.indexing.tables import ROOM, Looks, Table, table_of
from treadle.dsl.values import Value

T = TypeVar("T")


class RuleIndex(Generic[T]):
    """Rules of one trigger. For each a pair is given: what to answer when it fires, and when it is still open.

    `room` is in bytes: what the sets of one kind of values on one path may take.
    """

    def __init__(self, rules: Sequence[Prepared], answers: Sequence[tuple[T, T]], room: int = ROOM) -> None:
        self._rules = rules
        self._answers = answers
        self._size = len(rules)
        self._sure = [pair[rule.loads] for rule, pair in zip(rules, answers, strict=True)]
        self._all = mask_of([at for at, rule in enumerate(rules) if rule.where is not None], self._size)
        self._whole = mask_of([at for at, rule in enumerate(rules) if rule.whole], self._size)
        self._left = mask_of([at for at, rule in enumerate(rules) if rule.left], self._size)
        self._terms = Terms(rules)
        self._single: list[tuple[str, dict[Value, int], Looks, int]] = []
        self._deep: list[tuple[Callable[[Value], Value], Table]] = []
        for path, needs in _by_path(rules).items():
            table = table_of(needs, self._all, self._size, room)
            if path.single is not None:
                self._single.append((path.single, table.texts, table.looks, table.users))
            else:
                self._deep.append((reader(path), table))

    def decide(self, event: Value, now: datetime) -> list[T]:
        """The answers of the rules that fire or are open, in their order. `now` is an aware moment."""
        if type(event) is not dict:
            return self._one_by_one(event, now)
        doubts: list[Doubt] = []
        try:
            rules = self._look(event, doubts)
        except (ArithmeticError, TypeError):  # what is no value of the language, such as a NaN
            return self._one_by_one(event, now)
        if doubts or rules & self._whole:
            return self._settle(rules, doubts, Asking(self._terms, event, now))
        if asked := rules & self._left:
            failing = Asking(self._terms, event, now).failing(places_in(asked))
            rules ^= mask_of(failing, self._size)
        return [*map(self._sure.__getitem__, places_in(rules))]

    def _look(self, event: dict[str, Value], doubts: list[Doubt]) -> int:
        """`Table.look` of every path, written out for paths that are one field."""
        rules = self._all
        get = event.get
        for field, texts, looks, users in self._single:
            value = get(field)
            found = texts.get(value) if type(value) is str else None
            if found is None:
                look = looks.get(type(value))
                if look is None:
                    doubts.append((users, None))
                    continue
                found = look if type(look) is int else look(value, doubts)  # type: ignore[operator]
            rules &= found
        for read, table in self._deep:
            rules &= table.look(read(event), doubts)
        return rules

    def _settle(self, rules: int, doubts: list[Doubt], asking: Asking) -> list[T]:
        """The answers where tables left doubts, or rules want to be asked for their whole condition."""
        whole = self._whole
        dropped: set[int] = set()
        for doubtful, tell in doubts:
            if tell is None:
                whole |= doubtful
            else:
                dropped.update(place for place in places_in(rules & doubtful) if not tell(place))
        wholly = set(places_in(rules & whole))
        dropped.update(asking.failing(places_in(rules & self._left & ~whole)))
        found = []
        for place in places_in(rules):
            if place in dropped:
                continue
            if place not in wholly:
                found.append(self._sure[place])
            elif (verdict := asking.early(self._rules[place])) is not False:
                found.append(self._answers[place][verdict is None])
        return found

    def _one_by_one(self, event: Value, now: datetime) -> list[T]:
        asking = Asking(self._terms, event, now)
        found = ((asking.early(rule), pair) for rule, pair in zip(self._rules, self._answers, strict=True))
        return [pair[verdict is None] for verdict, pair in found if verdict is not False]


def _by_path(rules: Sequence[Prepared]) -> Mapping[Path, dict[int, Need]]:
    found: dict[Path, dict[int, Need]] = {}
    for place, rule in enumerate(rules):
        for path, need in rule.needs:
            found.setdefault(path, {})[place] = need
    return found
