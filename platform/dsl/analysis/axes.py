"""One column of a decision table cut into stretches: values that no cell of the column tells apart.

Rows are bits of a big integer: `masks[stretch]` has the bit of every row whose cell holds it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

from treadle.dsl.analysis.domains import Domain
from treadle.dsl.analysis.lines import Cut, line

Part = tuple[tuple[int, int], ...]  # stretches of one axis as ranges of their numbers, ascending, ends not in
_Piece = tuple[str | None, Cut | None, Cut | None]  # a sort with both ends; None for the missing value


class Axis:
    """The stretches of one column, which has so many `rows`. `every` is all of them."""

    def __init__(self, whole: Domain, cells: Sequence[Domain]) -> None:
        self.rows = len(cells)
        self._pieces = _pieces(whole, set(cells))
        self._first = {(sort, start): at for at, (sort, start, _) in enumerate(self._pieces)}
        self._last = {(sort, end): at for at, (sort, _, end) in enumerate(self._pieces)}
        self._parts: dict[Domain, Part] = {}
        self.every: Part = ((0, len(self._pieces)),)
        self._cells = [self.part(cell) for cell in cells]
        self.masks = self._masks()

    def part(self, domain: Domain) -> Part:
        """The stretches of a cell of this column."""
        if domain not in self._parts:
            self._parts[domain] = tuple(self._ranges(domain))
        return self._parts[domain]

    def over(self, part: Part, both: Callable[[int, int], int]) -> int:
        """The masks of all stretches of the part, which is not empty, joined by `and_` or `or_`."""
        return reduce(both, (reduce(both, self.masks[low:high]) for low, high in part))

    def runs(self, part: Part, rows: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
        """The part in runs of stretches that the rows do not tell apart, each with the mask of its first."""
        ends = sorted({end for row in rows for ranges in self._cells[row] for end in ranges})
        for low, high in part:
            inner = ends[bisect_right(ends, low) : bisect_left(ends, high)]
            for run in pairwise([low, *inner, high]):
                yield self.masks[run[0]], run

    def domain(self, part: Part) -> Domain:
        """The values of some stretches."""
        pieces = [self._pieces[at] for low, high in part for at in range(low, high)]
        cuts: dict[str, list[Cut | None]] = {}
        for sort, start, end in pieces:
            if sort is not None:
                cuts.setdefault(sort, []).extend((start, end))
        parts = {sort: line(ends[0] is None, [end for end in ends if end]) for sort, ends in cuts.items()}
        return Domain(any(sort is None for sort, _, _ in pieces), tuple(sorted(parts.items())))

    def _masks(self) -> list[int]:
        turns = [0] * (len(self._pieces) + 1)
        for row, part in enumerate(self._cells):
            for low, high in part:
                turns[low] ^= 1 << row
                turns[high] ^= 1 << row
        masks, mask = [], 0
        for turn in turns[:-1]:
            mask ^= turn
            masks.append(mask)
        return masks

    def _ranges(self, domain: Domain) -> Iterator[tuple[int, int]]:
        for sort, own in domain.parts:
            for start, end in own.stretches():
                yield self._first[sort, start], self._last[sort, end] + 1
        if domain.missing:
            yield len(self._pieces) - 1, len(self._pieces)


def _pieces(whole: Domain, cells: set[Domain]) -> list[_Piece]:
    cuts: dict[str, set[Any]] = {}
    for cell in cells:
        for sort, own in cell.parts:
            cuts.setdefault(sort, set()).update(own.cuts)
    found: list[_Piece] = []
    for sort, own in whole.parts:  # of all values of a sort, or of the two truth values: one stretch
        ((start, end),) = own.stretches()
        inner: list[Cut] = sorted(cuts.get(sort, set()) - {start, end})
        found += [(sort, low, high) for low, high in pairwise([start, *inner, end])]
    return found + ([(None, None, None)] if whole.missing else [])
