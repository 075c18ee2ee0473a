"""One event against rules that stand in one set of tables.

Owns the order of the questions: each path of the event is read once, and what stands there is looked up; the rules
that are left are asked for the terms that no table answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from treadle.dsl.indexing.asking import Known, Terms, early
from treadle.dsl.indexing.bits import mask_of, picked, places_in
from treadle.dsl.indexing.paths import Path, reader
from treadle.dsl.indexing.predicates import Need
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.indexing.tables import Looks, Table, table_of
from treadle.dsl.values import Value

T = TypeVar("T")

_FEW_TERMS = 32  # distinct ones: asking each once and taking its rules away is less than asking rule by rule


class Entry:
    """A rule in an index: its number there, and those of its needs that are still to be met."""

    __slots__ = ("needs", "number", "rule")

    def __init__(self, number: int, rule: Prepared, needs: Sequence[tuple[str, Need]]) -> None:
        self.number = number
        self.rule = rule
        self.needs = needs

    def without(self, name: str) -> Entry:
        """The same when its need of this path is met."""
        return Entry(self.number, self.rule, [each for each in self.needs if each[0] != name])


class Leaf(Generic[T]):
    """Rules as bits, in the order of their numbers. `room` is in bytes, for the sets of one kind on a path."""

    def __init__(self, entries: Sequence[Entry], answers: Sequence[T], terms: Terms, room: int) -> None:
        size = len(entries)
        self._entries = entries
        self._terms = terms
        self._answers = [answers[each.number] for each in entries]
        self._all = mask_of([at for at, each in enumerate(entries) if each.rule.where is not None], size)
        self._whole = mask_of([at for at, each in enumerate(entries) if each.rule.whole], size)
        self._left = mask_of([at for at, each in enumerate(entries) if each.rule.left], size)
        self._open = self._whole | self._left
        self._askers = _askers(entries, terms, size)
        self._single: list[tuple[str, dict[Value, int], Looks, int]] = []
        self._deep: list[tuple[Callable[[Value], Value], Table]] = []
        for path, needs in _by_path(entries):
            table = table_of(needs, self._all, size, room)
            if path.single is not None:
                self._single.append((path.single, table.texts, table.looks, table.users))
            else:
                self._deep.append((reader(path), table))

    def decide(self, event: dict[str, Value], now: datetime) -> list[T]:
        """The answers of the rules that fire or are open, in their order. Raises `ArithmeticError` or `TypeError` for
        an event that holds what is no value of the language.
        """
        doubts: list[Doubt] = []
        rules = self._all
        get = event.get
        for field, texts, looks, users in self._single:  # `Table.look`, written out
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
        if doubts:
            rules = self._settle(rules, doubts, event, now)
        elif asked := rules & self._open:
            rules ^= self._failing(asked, self._whole, event, now)
        return picked(rules, self._answers)

    def _settle(self, rules: int, doubts: list[Doubt], event: dict[str, Value], now: datetime) -> int:
        """The rules that fire or are open, where tables left doubts."""
        whole = self._whole
        for doubtful, tell in doubts:
            if tell is None:
                whole |= doubtful
            else:
                rules ^= mask_of([at for at in places_in(rules & doubtful) if not tell(at)], len(self._entries))
        return rules ^ self._failing(rules & (self._open | whole), whole, event, now)

    def _failing(self, asked: int, whole: int, event: Value, now: datetime) -> int:
        """Those of the rules that do not fire: `whole` are asked for all of their condition, others for the rest."""
        short = self._short(asked & ~whole, event, now)
        if not asked & whole:
            return short
        failed = [place for place in places_in(asked & whole) if early(self._entries[place].rule, event, now) is False]
        return mask_of(failed, len(self._entries)) | short

    def _short(self, asked: int, event: Value, now: datetime) -> int:
        """Those of the rules of which a term that is left is not true."""
        if self._askers is None:
            known: Known = {}
            holds, entries = self._terms.hold, self._entries
            failed = [place for place in places_in(asked) if not holds(entries[place].number, event, now, known)]
            return mask_of(failed, len(entries))
        left = asked
        for number, rules in self._askers:
            if left & rules and not self._terms.true(number, event, now):
                left &= ~rules
        return asked ^ left


def _askers(entries: Sequence[Entry], terms: Terms, size: int) -> list[tuple[int, int]] | None:
    """The rules of each term that is left, when there are few terms: then all its rules are answered at once."""
    places: dict[int, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for number in terms.of(entry.number):
            places[number].append(place)
    return [(number, mask_of(many, size)) for number, many in places.items()] if len(places) <= _FEW_TERMS else None


def _by_path(entries: Sequence[Entry]) -> list[tuple[Path, dict[int, Need]]]:
    found: dict[str, dict[int, Need]] = defaultdict(dict)
    for place, entry in enumerate(entries):
        for name, need in entry.needs:
            found[name][place] = need
    return [(next(iter(needs.values())).path, needs) for needs in found.values()]
