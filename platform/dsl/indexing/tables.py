"""What all rules need of one path, by the type of the value that stands there.

Owns what each kind of value means for each kind of constant, as the evaluator has it: values of different kinds are
not equal, and have no order, which is a fault. Where the evaluator reads a text as a time, or orders truth values, the
table does not answer but has the evaluator asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.indexing.choices import Choices, Places
from treadle.dsl.indexing.paths import NoValue
from treadle.dsl.indexing.predicates import KINDS, Kind, Need
from treadle.dsl.indexing.ranges import Bounds, Doubt, Ladder, Look
from treadle.dsl.operations.clock import instant
from treadle.dsl.values import Value

_TYPES: dict[type[Any], Kind | None] = {**KINDS, time: None, list: None, dict: None}
_TIMES = (timedelta, date, datetime, time)
_ASK_EQUAL: dict[type[Any], frozenset[Kind]] = {
    str: frozenset({"timedelta", "date", "datetime"}),
    **dict.fromkeys(_TIMES, frozenset({"text"})),
}
_ASK_ORDER: dict[type[Any], frozenset[Kind]] = {
    bool: frozenset({"number"}),
    date: frozenset({"datetime"}),
    datetime: frozenset({"date"}),
}
"""Constants that a value of this type cannot be compared with here."""


Looks = dict[type[Any], Look | int]


class Table(msgspec.Struct, frozen=True):
    """The rules whose need of the path is met.

    `looks` has a set, or what finds one, for each type of value; a type that is not there needs the evaluator for all
    `users` of the path. `texts` has those sets that are at hand: its keys are texts, so no other value meets one.
    """

    looks: Looks
    users: int
    texts: dict[Value, int]

    def look(self, value: Value, doubts: list[Doubt]) -> int:
        """The rules whose need this value meets, but for the doubts, which are added to the list."""
        look = self.looks.get(type(value))
        if look is None:
            doubts.append((self.users, None))
            return -1
        return look if isinstance(look, int) else look(value, doubts)


def table_of(needs: Mapping[int, Need], everybody: int, size: int, room: int) -> Table:
    """The needs of rules, by place, of one path. `everybody` are all rules that can fire; `room` is in bytes."""
    wishes = _Wishes(needs)
    equal = _Equal(wishes, everybody, size, room)
    order = _Order(wishes, everybody, size, room)
    users = mask_of(needs, size)
    looks: Looks = {NoValue: everybody & ~users}
    for of, kind in _TYPES.items():
        if equal.knows(of) and order.knows(of):
            found = _both(equal.look(kind), order.look(kind), everybody)
            looks[of] = _at_instant(found) if of is datetime and not isinstance(found, int) else found
    return Table(looks, users, equal.texts(alone=not wishes.bounds))


class _Wishes:
    """The needs turned over: for each constant, the rules that take it, refuse it or are bounded by it."""

    def __init__(self, needs: Mapping[int, Need]) -> None:
        self.choosy: list[int] = []
        self.takers: dict[Kind, Places] = defaultdict(lambda: defaultdict(list))
        self.refusers: dict[Kind, Places] = defaultdict(lambda: defaultdict(list))
        self.bounds: dict[Kind, dict[int, Bounds]] = defaultdict(dict)
        kinds, texts = set(), self.takers["text"]
        for place, need in needs.items():
            if need.texts is not None:  # nothing is refused or ordered then; most rules are like that
                self.choosy.append(place)
                for text in need.texts:
                    texts[text].append(place)
                continue
            kinds.add(need.kinds)
            if need.takes is not None:
                self.choosy.append(place)
                for each in need.takes:
                    self.takers[each.kind][each.value].append(place)
            for each in need.refuses:
                self.refusers[each.kind][each.value].append(place)
            for test in need.ordered:
                self.bounds[test.constant.kind].setdefault(place, []).append((test.sign, test.constant.value))
        self.kinds = frozenset[Kind](("text",) if texts else ()).union(*kinds)


class _Equal:
    """What is compared for equality."""

    def __init__(self, wishes: _Wishes, everybody: int, size: int, room: int) -> None:
        self._others = everybody & ~mask_of(wishes.choosy, size)
        self._kinds = wishes.kinds
        self._choices = {
            kind: Choices(wishes.takers[kind], wishes.refusers[kind], self._others, size, room) for kind in wishes.kinds
        }

    def knows(self, of: type[Any]) -> bool:
        """Whether values of this type can be compared with all these constants here."""
        return _ASK_EQUAL.get(of, frozenset()).isdisjoint(self._kinds)

    def look(self, kind: Kind | None) -> Look | int:
        """A set when it does not depend on the value."""
        choices = self._choices.get(kind) if kind else None
        if choices and kind == "missing":
            return choices.look(None, [])  # the only value of its kind
        return choices.look if choices else self._others

    def texts(self, *, alone: bool) -> dict[Value, int]:
        """The sets for texts that are at hand, filled as texts are met; empty unless equality decides alone."""
        choices = self._choices.get("text")
        return choices.made if choices and alone and self.knows(str) else {}


class _Order:
    """What is compared for order, a ladder for each kind of bounds. A rule with bounds of two kinds never holds."""

    def __init__(self, wishes: _Wishes, everybody: int, size: int, room: int) -> None:
        kinds = Counter(place for many in wishes.bounds.values() for place in many)
        free = everybody & ~mask_of(kinds, size)
        self._free = free if kinds else -1
        self._ladders = {
            kind: Ladder({place: of for place, of in many.items() if kinds[place] == 1}, free, size, room)
            for kind, many in wishes.bounds.items()
        }

    def knows(self, of: type[Any]) -> bool:
        """Whether values of this type can be ordered with all these constants here."""
        return _ASK_ORDER.get(of, frozenset()).isdisjoint(self._ladders)

    def look(self, kind: Kind | None) -> Look | int:
        """A set when it does not depend on the value."""
        ladder = self._ladders.get(kind) if kind else None
        return ladder.look() if ladder else self._free


def _both(equal: Look | int, order: Look | int, everybody: int) -> Look | int:
    """What both leave of `everybody`, whom the event is compared with at most."""
    if isinstance(equal, int):
        return equal & order if isinstance(order, int) else _narrowed(order, equal, everybody)
    if isinstance(order, int):
        return _narrowed(equal, order, everybody)
    first, second = equal, order
    return lambda value, doubts: first(value, doubts) & second(value, doubts)


def _narrowed(look: Look, rules: int, everybody: int) -> Look:
    if everybody & ~rules == 0:
        return look
    return lambda value, doubts: look(value, doubts) & rules


def _at_instant(look: Callable[[Value, list[Doubt]], int]) -> Look:
    return lambda value, doubts: look(instant(value), doubts)
