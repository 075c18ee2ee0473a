"""Whether some boxes cover another one: the search for a point that none of them has.

A box is a part of each axis; the boxes that cover are rows, given as bits. Column by column the search goes on with the
rows that are still possible, asks the same question once, and stops where one row holds all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence

from treadle.dsl.analysis.axes import Axis, Part

_NAMED = 12  # rows that are worth finding the fewest of


class TooMuchWork(Exception):
    """The search needs more steps than it was given."""


class Cover:
    """The rows of one table. `work` are the steps that all of its questions may take together."""

    def __init__(self, axes: Sequence[Axis], work: int) -> None:
        self._axes = axes
        self._work = work
        self._order = sorted(range(len(axes)), key=lambda at: len(axes[at].every))

    def hole(self, box: Sequence[Part], rows: int) -> list[Part] | None:
        """Values of the box that none of the rows has, as a part of each axis; None when they cover it.

        Raises `TooMuchWork`.
        """
        full = [-1]
        for at in reversed(self._order):
            full.append(full[-1] & self._axes[at].holding(box[at]))
        found = self._search(0, rows, box, full[::-1], set())
        if found is None:
            return None
        placed = dict(zip(self._order, found, strict=False))
        return [placed.get(at, part) for at, part in enumerate(box)]

    def fewest(self, box: Sequence[Part], rows: int) -> tuple[int, ...]:
        """Rows, out of those that cover the box, of which none can be left out."""
        alone = rows
        for axis, part in zip(self._axes, box, strict=True):
            alone &= axis.holding(part)
        if alone:
            return (bits(alone)[0],)
        for row in reversed(bits(rows)) if rows.bit_count() <= _NAMED else ():
            if self.hole(box, rows & ~(1 << row)) is None:
                rows &= ~(1 << row)
        return tuple(bits(rows))

    def _search(
        self, depth: int, rows: int, box: Sequence[Part], full: Sequence[int], seen: set[tuple[int, int]]
    ) -> list[Part] | None:
        if not rows:
            return []
        if rows & full[depth] or (depth, rows) in seen:
            return None
        at = self._order[depth]
        runs: dict[int, list[tuple[int, int]]] = {}
        for mask, run in self._axes[at].runs(box[at], bits(rows)):
            runs.setdefault(mask & rows, []).append(run)
            self._work -= 1
        if self._work < 0:
            raise TooMuchWork
        for left in sorted(runs, key=int.bit_count):
            found = self._search(depth + 1, left, box, full, seen)
            if found is not None:
                return [tuple(runs[left]), *found]
        seen.add((depth, rows))
        return None


def bits(rows: int) -> list[int]:
    """The numbers of the rows, ascending."""
    found = []
    while rows:
        low = rows & -rows
        found.append(low.bit_length() - 1)
        rows ^= low
    return found
