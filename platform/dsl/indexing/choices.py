"""Which rules take a value that they compare for equality: a dictionary from values to sets of rules.

Owns the lists of rules by value, and the sets made of them when a value is first met. Only so many sets are kept, so
that a hundred thousand rules with a value each do not need a hundred thousand sets.
"""

from __future__ import annotations

from collections.abc import Mapping

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.indexing.ranges import Doubt
from treadle.dsl.values import Value

Places = Mapping[Value, list[int]]
"""Rules by the value that they name."""


class Choices:
    """Values of one kind on one path; `others` are the rules that take any value, but for those that they refuse.

    `room` is in bytes, for the sets that are `made`.
    """

    def __init__(self, takers: Places, refusers: Places, others: int, size: int, room: int) -> None:
        self.made: dict[Value, int] = {}
        self._takers = takers
        self._refusers = refusers
        self._others = others
        self._size = size
        self._most = max(room // (size // 7 + 64), 8)

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
