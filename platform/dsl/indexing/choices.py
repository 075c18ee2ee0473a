"""Which rules take a value that they compare for equality: a dictionary from values to sets of rules.

Owns the lists of rules by value, and the sets made of them when a value is first met. Only so many sets are kept, so
that a hundred thousand rules with a value each do not need a hundred thousand sets.
"""

from __future__ import annotations

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.indexing.ranges import Doubt, Look
from treadle.dsl.values import Value


class Choices:
    """Values of one kind on one path. `takers` want the value, `refusers` do not; `others` have no wish, or another."""

    def __init__(self, others: int, size: int, room: int) -> None:
        self._others = others
        self._size = size
        self._most = max(room // (size // 7 + 64), 8)
        self._takers: dict[Value, list[int]] = {}
        self._refusers: dict[Value, list[int]] = {}

    def take(self, place: int, value: Value) -> None:
        """This rule takes the value, among others that it was said to take."""
        self._takers.setdefault(value, []).append(place)

    def refuse(self, place: int, value: Value) -> None:
        """This rule takes any value but this and others that it was said to refuse."""
        self._refusers.setdefault(value, []).append(place)

    def look(self) -> Look:
        """The rules that take a value, as a function."""
        others, takers, refusers = self._others, self._takers, self._refusers
        most = self._most
        made: dict[Value, int] = {}

        def take(value: Value, doubts: list[Doubt]) -> int:
            found = made.get(value)
            return make(value) if found is None else found

        def make(value: Value) -> int:
            if value not in takers and value not in refusers:
                return others
            if len(made) >= most:
                made.clear()
            found = others & ~mask_of(refusers.get(value, ()), self._size)
            made[value] = found = found | mask_of(takers.get(value, ()), self._size)
            return found

        return take
