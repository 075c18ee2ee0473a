"""Which rules take a value that they compare for equality: a dictionary from values to sets of rules.

Owns the lists of rules by value, and the sets made of them when a value is first met. Only so many sets are kept, so
that a hundred thousand rules with a value each do not need a hundred thousand sets.
"""

from __future__ import annotations

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.values import Value


class Choices:
    """Values of one kind on one path; `others` are the rules that take any value, but for those that they refuse.

    `made` are the sets at hand.
    """

    def __init__(self, others: int, size: int, room: int) -> None:
        self.made: dict[Value, int] = {}
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

    def look(self, value: Value, doubts: list[Doubt]) -> int:
        """The rules that take the value; never in doubt."""
        found = self.made.get(value)
        return self._make(value) if found is None else found

    def _make(self, value: Value) -> int:
        takers, refusers = self._takers.get(value), self._refusers.get(value)
        found = self._others
        if takers is None and refusers is None:
            return found
        if refusers:
            found &= ~mask_of(refusers, self._size)
        if takers:
            found |= mask_of(takers, self._size)
        if len(self.made) >= self._most:
            self.made.clear()
        self.made[value] = found
        return found
