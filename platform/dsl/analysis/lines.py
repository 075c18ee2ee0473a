"""Sets of points on one ordered line: unions of intervals with open or closed ends, kept as cuts between in and out.

A cut stands just before a value (`(5, 0)`) or just behind it (`(5, 1)`); a set is whether it begins in, and the cuts
where that changes. So complement, union and intersection are exact and stay small. The values of a line have one order;
which values it has between two others is not known here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

import msgspec

Cut = tuple[Any, int]


class Line(msgspec.Struct, frozen=True):
    """`starts` is whether values below all cuts belong; `cuts` are strictly ascending."""

    starts: bool
    cuts: tuple[Cut, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing belongs."""
        return not self.starts and not self.cuts

    def holds(self, value: Any) -> bool:
        """Whether a value belongs."""
        return self.starts ^ bool(bisect_right(self.cuts, (value, 0)) & 1)

    def complement(self) -> Line:
        """All other values."""
        return Line(not self.starts, self.cuts)

    def meet(self, other: Line) -> Line:
        """What belongs to both."""
        if not self.cuts or not other.cuts:
            return (other if self.starts else self) if not self.cuts else (self if other.starts else other)
        return _where(*_shorter(self, other), inside=True)

    def join(self, other: Line) -> Line:
        """What belongs to one of both."""
        if not self.cuts or not other.cuts:
            return (self if self.starts else other) if not self.cuts else (other if other.starts else self)
        return _where(*_shorter(self, other), inside=False)

    def meets(self, other: Line) -> bool:
        """Whether some value belongs to both."""
        if not self.cuts or not other.cuts:
            return (self.starts or bool(self.cuts)) and (other.starts or bool(other.cuts))
        one, two, here, there = [*self.cuts, None], [*other.cuts, None], self.starts, other.starts
        at = by = 0
        while not (here and there):
            first, second = one[at], two[by]
            if first is None and second is None:
                return False
            if second is None or (first is not None and first <= second):
                at, here = at + 1, not here
            if first is None or (second is not None and second <= first):
                by, there = by + 1, not there
        return True

    def stretches(self) -> list[tuple[Cut | None, Cut | None]]:
        """The intervals, ascending, each from cut to cut; None for no end."""
        ends: list[Cut | None] = [None, *self.cuts] if self.starts else list(self.cuts)
        ends += [None] if len(ends) % 2 else []
        return list(zip(ends[::2], ends[1::2], strict=True))


EMPTY, FULL = Line(starts=False), Line(starts=True)


def line(starts: bool, cuts: Iterable[Cut]) -> Line:  # noqa: FBT001
    """The set whose membership changes at each of the cuts; two equal ones undo each other."""
    kept: list[Cut] = []
    for cut in sorted(cuts):
        if kept and kept[-1] == cut:
            kept.pop()
        else:
            kept.append(cut)
    return Line(starts, tuple(kept))


def _where(chosen: Line, of: Line, *, inside: bool) -> Line:
    """`of` where membership of `chosen` is `inside`, its opposite elsewhere; cheap when `chosen` has few cuts."""
    here = chosen.starts
    starts = now = of.starts if here == inside else not inside
    kept: list[Cut] = []
    low = 0
    for cut in chosen.cuts:
        if here == inside:
            high = bisect_left(of.cuts, cut, low)
            kept += of.cuts[low:high]
            now ^= bool((high - low) & 1)
        here = not here
        low = bisect_right(of.cuts, cut, low)
        then = of.starts ^ bool(low & 1) if here == inside else not inside
        if then != now:
            now = then
            kept.append(cut)
    if here == inside:
        kept += of.cuts[low:]
    return Line(starts, tuple(kept))


def _shorter(one: Line, two: Line) -> tuple[Line, Line]:
    return (one, two) if len(one.cuts) <= len(two.cuts) else (two, one)
