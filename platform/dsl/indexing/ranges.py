"""Which rules' bounds a value keeps: bounds sorted once, a bisection a value.

Owns the cutting of the line at all bounds. Positions count from the left: `2 * i` is the gap before the i-th bound,
`2 * i + 1` the bound itself. A rule keeps a run of positions. Where there are too many positions for a set each,
neighbours share one, and the few rules with a bound among them are told to be looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from treadle.dsl.indexing.bits import mask_of
from treadle.dsl.values import Value

Doubt = tuple[int, Callable[[int], bool] | None]
"""Rules, and what tells of one of them by its place whether it is kept; None when only the evaluator can tell."""
Look = Callable[[Value, list[Doubt]], int]
"""The rules that a value does not speak against; what it cannot tell for sure is added to the list."""
Bounds = list[tuple[str, Any]]
"""`[(">=", 100), ("<", 500)]`."""


class Ladder:
    """The bounds that rules, by place, put on one path. Rules without any (`free`) keep every value."""

    def __init__(self, bounds: Mapping[int, Bounds], free: int, size: int, room: int) -> None:
        self.points = sorted({point for many in bounds.values() for _, point in many})
        self.kept = self._positions(bounds)
        last = 2 * len(self.points)
        most = max(room // (size // 4 + 64), 2)  # two sets of size // 8 bytes
        self.width = last // most + 1
        self.sets, self.partly = self._sets(free, size, last // self.width + 1)

    def _positions(self, bounds: Mapping[int, Bounds]) -> dict[int, tuple[int, int]]:
        at = {point: 2 * place + 1 for place, point in enumerate(self.points)}
        kept = {}
        for place, many in bounds.items():
            low, high = 0, 2 * len(self.points)
            for sign, point in many:
                if sign[0] == ">":
                    low = max(low, at[point] + (sign == ">"))
                else:
                    high = min(high, at[point] - (sign == "<"))
            kept[place] = (low, high)
        return kept

    def _sets(self, free: int, size: int, blocks: int) -> tuple[list[int], list[int]]:
        """For each block of positions, the rules that keep some of it and those that do not keep all of it."""
        enter: dict[int, list[int]] = defaultdict(list)
        leave: dict[int, list[int]] = defaultdict(list)
        cut: list[list[int]] = [[] for _ in range(blocks if self.width > 1 else 0)]
        for place, (low, high) in self.kept.items():
            if low <= high:
                first, last = low // self.width, high // self.width
                enter[first].append(place)
                leave[last + 1].append(place)
                if cut:
                    cut[first].append(place)
                    cut[last].append(place)
        sets = _snapshots(enter, leave, blocks, buffer=bytearray(free.to_bytes(size // 8 + 1, "little")))
        return sets, [mask_of(each, size) for each in cut]

    def look(self) -> Look:
        """The rules that keep a value, as a function. It raises `ArithmeticError` for what is no number."""
        points, sets, partly, kept, width = self.points, self.sets, self.partly, self.kept, self.width
        count = len(points)

        def exactly(value: Value, doubts: list[Doubt]) -> int:
            at = bisect_left(points, value)
            return sets[2 * at + (at < count and points[at] == value)]

        def roughly(value: Value, doubts: list[Doubt]) -> int:
            at = bisect_left(points, value)
            position = 2 * at + (at < count and points[at] == value)
            block = position // width
            if partly[block]:
                doubts.append((partly[block], lambda place: kept[place][0] <= position <= kept[place][1]))
            return sets[block]

        return exactly if width == 1 else roughly


def _snapshots(
    enter: Mapping[int, list[int]], leave: Mapping[int, list[int]], blocks: int, buffer: bytearray
) -> list[int]:
    """The set of each block, when rules enter before one and leave before another."""
    sets: list[int] = []
    for block in range(blocks):
        changed = enter.get(block, ()), leave.get(block, ())
        for places in changed:
            for place in places:
                buffer[place >> 3] ^= 1 << (place & 7)
        sets.append(int.from_bytes(buffer, "little") if any(changed) or not sets else sets[-1])
    return sets
