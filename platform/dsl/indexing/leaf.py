"""One event against rules that stand in one set of tables.

Owns the order of the questions: each path of the event is read once, and what stands there is looked up; the rules
that are left are asked for the terms that no table answers.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from treadle.dsl.indexing.asking import Known, Terms, early
from treadle.dsl.indexing.bits import mask_of, places_in
from treadle.dsl.indexing.paths import Path, reader
from treadle.dsl.indexing.predicates import Need
from treadle.dsl.indexing.preparing import Prepared
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.indexing.tables import Looks, Table, table_of
from treadle.dsl.values import Value

Code = int
"""A rule and what it does: twice its number, one more when it is open rather than fires."""


class Entry:
    """A rule in an index: its number there, and those of its needs that are still to be met."""

    __slots__ = ("needs", "number", "rule")

    def __init__(self, number: int, rule: Prepared, needs: Sequence[tuple[Path, Need]]) -> None:
        self.number = number
        self.rule = rule
        self.needs = needs


class Leaf:
    """Rules as bits, in the order of their numbers. `room` is in bytes, for the sets of one kind on a path."""

    def __init__(self, entries: Sequence[Entry], terms: Terms, room: int) -> None:
        size = len(entries)
        self._entries = entries
        self._terms = terms
        self._codes = array("q", [2 * each.number + each.rule.loads for each in entries])
        self._all = mask_of([at for at, each in enumerate(entries) if each.rule.where is not None], size)
        self._whole = mask_of([at for at, each in enumerate(entries) if each.rule.whole], size)
        self._left = mask_of([at for at, each in enumerate(entries) if each.rule.left], size)
        self._open = self._whole | self._left
        self._single: list[tuple[str, dict[Value, int], Looks, int]] = []
        self._deep: list[tuple[Callable[[Value], Value], Table]] = []
        for path, needs in _by_path(entries).items():
            table = table_of(needs, self._all, size, room)
            if path.single is not None:
                self._single.append((path.single, table.texts, table.looks, table.users))
            else:
                self._deep.append((reader(path), table))

    def codes(self, event: dict[str, Value], now: datetime, known: Known) -> list[Code]:
        """The rules that fire or are open, in no order. Raises `ArithmeticError` or `TypeError` for an event that holds
        what is no value of the language.
        """
        doubts: list[Doubt] = []
        rules = self._look(event, doubts)
        if doubts:
            return self._settle(rules, doubts, event, now, known)
        asked = rules & self._open
        codes = [*map(self._codes.__getitem__, places_in(rules ^ asked))]
        return codes + self._ask(asked, self._whole, event, now, known) if asked else codes

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

    def _settle(
        self, rules: int, doubts: list[Doubt], event: dict[str, Value], now: datetime, known: Known
    ) -> list[Code]:
        """The same where tables left doubts."""
        whole = self._whole
        dropped = 0
        for doubtful, tell in doubts:
            if tell is None:
                whole |= doubtful
            else:
                dropped |= mask_of([at for at in places_in(rules & doubtful) if not tell(at)], len(self._entries))
        rules &= ~dropped
        asked = rules & (self._open | whole)
        codes = [*map(self._codes.__getitem__, places_in(rules ^ asked))]
        return codes + self._ask(asked, whole, event, now, known)

    def _ask(self, asked: int, whole: int, event: Value, now: datetime, known: Known) -> list[Code]:
        """Those of the rules that fire or are open: `whole` are asked for all of their condition."""
        codes = []
        for place in places_in(asked & ~whole):
            if self._terms.hold(self._entries[place].number, event, now, known):
                codes.append(self._codes[place])
        for place in places_in(asked & whole):
            verdict = early(self._entries[place].rule, event, now)
            if verdict is not False:
                codes.append(2 * self._entries[place].number + (verdict is None))
        return codes


def _by_path(entries: Sequence[Entry]) -> Mapping[Path, dict[int, Need]]:
    found: dict[Path, dict[int, Need]] = defaultdict(dict)
    for place, entry in enumerate(entries):
        for path, need in entry.needs:
            found[path][place] = need
    return found
