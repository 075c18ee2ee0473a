"""All tests of all rules on one path, by the type of the value that stands there.

Owns what each kind of value means for each kind of constant, as the evaluator has it: values of different kinds are
not equal, and have no order, which is a fault. Where the evaluator reads a text as a time, or orders truth values, the
table does not answer but has the evaluator asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.indexing.choices import Choices
from treadle.dsl.indexing.paths import NoValue
from treadle.dsl.indexing.predicates import Constant, Kind, OneOf, Ordered, Test
from treadle.dsl.indexing.ranges import Ladder, Look
from treadle.dsl.operations.clock import instant

Looks = dict[type[Any], Look]

ROOM = 4 << 20
"""Bytes that the sets of one kind of values on one path may take."""

_TYPES: dict[type[Any], Kind | None] = {
    type(None): "missing",
    bool: "bool",
    str: "text",
    int: "number",
    Decimal: "number",
    timedelta: "timedelta",
    date: "date",
    datetime: "datetime",
    time: None,
    list: None,
    dict: None,
}
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


def looks_of(tests: Mapping[int, tuple[Test, ...]], everybody: int, size: int, room: int = ROOM) -> Looks:
    """What to ask for a value of each type, given the tests of rules, by place, on one path.

    `room` is in bytes: what the sets for one kind of values may take. A type that is not there needs the evaluator.
    `NoValue` fails every test.
    """
    ordered: dict[Kind, dict[int, list[Ordered]]] = {}
    chosen: dict[int, list[OneOf]] = {}
    for place, many in tests.items():
        for test in many:
            if isinstance(test, OneOf):
                chosen.setdefault(place, []).append(test)
            else:
                ordered.setdefault(test.constant.kind, {}).setdefault(place, []).append(test)
    equal = _Equal(chosen, everybody, size, room)
    order = _Order(ordered, everybody, size, room)
    looks: Looks = {NoValue: _always(everybody & ~mask_of(tests, size))}
    for of, kind in _TYPES.items():
        if equal.knows(of) and order.knows(of):
            looks[of] = _both(equal.look(kind), order.look(kind), everybody, by_instant=of is datetime)
    return looks


class _Equal:
    """The tests for equality."""

    def __init__(self, tests: Mapping[int, list[OneOf]], everybody: int, size: int, room: int) -> None:
        choosy = mask_of((place for place, many in tests.items() if any(not each.negated for each in many)), size)
        self._others = everybody & ~choosy
        self._size = size
        self._room = room
        self._choices: dict[Kind, Choices] = {}
        for place, many in tests.items():
            wanted = [each.constants for each in many if not each.negated]
            refused = frozenset[Constant]().union(*(each.constants for each in many if each.negated))
            if wanted:
                for each in frozenset.intersection(*wanted) - refused:
                    self._of(each.kind).take(place, each.value)
            else:
                for each in refused:
                    self._of(each.kind).refuse(place, each.value)
        self._kinds = {each.kind for many in tests.values() for test in many for each in test.constants}

    def _of(self, kind: Kind) -> Choices:
        if kind not in self._choices:
            self._choices[kind] = Choices(self._others, self._size, self._room)
        return self._choices[kind]

    def knows(self, of: type[Any]) -> bool:
        """Whether values of this type can be compared with all these constants here."""
        return _ASK_EQUAL.get(of, frozenset()).isdisjoint(self._kinds)

    def look(self, kind: Kind | None) -> Look | int:
        """A set when it does not depend on the value."""
        choices = self._choices.get(kind) if kind else None
        return choices.look() if choices else self._others


class _Order:
    """The tests for order, a ladder for each kind of bounds. A rule with bounds of two kinds never holds."""

    def __init__(self, tests: Mapping[Kind, Mapping[int, list[Ordered]]], everybody: int, size: int, room: int) -> None:
        places = Counter(place for many in tests.values() for place in many)
        self._free = everybody & ~mask_of(places, size)
        self._ladders: dict[Kind, Ladder] = {}
        for kind, many in tests.items():
            bounds = {
                at: [(each.sign, each.constant.value) for each in of] for at, of in many.items() if places[at] < 2
            }
            self._ladders[kind] = Ladder(bounds, self._free, size, room)

    def knows(self, of: type[Any]) -> bool:
        """Whether values of this type can be ordered with all these constants here."""
        return _ASK_ORDER.get(of, frozenset()).isdisjoint(self._ladders)

    def look(self, kind: Kind | None) -> Look | int:
        """A set when it does not depend on the value."""
        ladder = self._ladders.get(kind) if kind else None
        return ladder.look() if ladder else self._free


def _always(rules: int) -> Look:
    return lambda value, doubts: rules


def _both(equal: Look | int, order: Look | int, everybody: int, *, by_instant: bool) -> Look:
    found = _joined(equal, order, everybody)
    return _at_instant(found) if by_instant else found


def _joined(equal: Look | int, order: Look | int, everybody: int) -> Look:
    if isinstance(equal, int):
        return _narrowed(order, equal, everybody)
    if isinstance(order, int):
        return _narrowed(equal, order, everybody)
    first, second = equal, order
    return lambda value, doubts: first(value, doubts) & second(value, doubts)


def _narrowed(look: Look | int, rules: int, everybody: int) -> Look:
    if isinstance(look, int):
        return _always(look & rules)
    if rules == everybody:
        return look
    return lambda value, doubts: look(value, doubts) & rules


def _at_instant(look: Look) -> Look:
    return lambda value, doubts: look(instant(value), doubts)
