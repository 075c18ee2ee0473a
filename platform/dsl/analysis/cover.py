"""Whether some boxes cover another one: the search for a point that none of them has.

A box is a part of each axis; the boxes that cover are rows, given as bits. Column by column the search goes on with the
rows that are still possible, asks the same question once, and stops where one row holds all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import and_, or_

from treadle.dsl.analysis.axes import Axis, Part

_SWIFT = 400_000  # stretches times rows that are joined in the time of one step
_LISTED = 5  # rows whose ends are put in order in the time of one step
_NAMED = 12  # rows that are worth finding the fewest of


class TooMuchWork(Exception):
    """The search needs more steps than it was given."""


class Cover:
    """The rows of one table. `work` are the steps that all of its questions may take together."""

    def __init__(self, axes: Sequence[Axis], work: int) -> None:
        self._axes = axes
        self._work = work
        self._rows = max((axis.rows for axis in axes), default=0)
        self._known: dict[tuple[int, Part, bool], int] = {}
        self._order = sorted(range(len(axes)), key=lambda at: len(axes[at].every))

    def hole(self, box: Sequence[Part], rows: int) -> list[Part] | None:
        """Values of the box that none of the rows has, as a part of each axis; None when they cover it.

        Raises `TooMuchWork`.
        """
        full = [-1]
        for at in reversed(self._order):
            full.append(full[-1] & self._over(at, box[at], whole=True))
        found = self._search(0, rows, box, full[::-1], set())
        if found is None:
            return None
        placed = dict(zip(self._order, found, strict=False))
        return [placed.get(at, part) for at, part in enumerate(box)]

    def near(self, box: Sequence[Part], rows: int) -> int:
        """Those of the rows that have a point in common with the box. Raises `TooMuchWork`."""
        for at, part in enumerate(box):
            rows &= self._over(at, part, whole=False)
        return rows

    def fewest(self, box: Sequence[Part], rows: int) -> tuple[int, ...]:
        """Rows, out of those that cover the box, of which none can be left out. Raises `TooMuchWork`."""
        alone = rows
        for at, part in enumerate(box):
            alone &= self._over(at, part, whole=True)
        if alone:
            return (bits(alone)[0],)
        for row in reversed(bits(rows)) if rows.bit_count() <= _NAMED else ():
            if self.hole(box, rows & ~(1 << row)) is None:
                rows &= ~(1 << row)
        return tuple(bits(rows))

    def _over(self, at: int, part: Part, *, whole: bool) -> int:
        """The rows that hold the whole part of an axis, or that have a point in common with it."""
        key = (at, part, whole)
        if key not in self._known:
            stretches = sum(high - low for low, high in part)
            self._spend(1 + stretches * (1_000 + self._rows) // _SWIFT)
            self._known[key] = self._axes[at].over(part, and_ if whole else or_)
        return self._known[key]

    def _spend(self, steps: int) -> None:
        self._work -= steps
        if self._work < 0:
            raise TooMuchWork

    def _search(
        self, depth: int, rows: int, box: Sequence[Part], full: Sequence[int], seen: set[tuple[int, int]]
    ) -> list[Part] | None:
        if not rows:
            return []
        if rows & full[depth] or (depth, rows) in seen:
            return None
        at = self._order[depth]
        runs: dict[int, list[tuple[int, int]]] = {}
        those = bits(rows)
        self._spend(len(those) // _LISTED)
        for mask, run in self._axes[at].runs(box[at], those):
            runs.setdefault(mask & rows, []).append(run)
        self._spend(sum(map(len, runs.values())))
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
