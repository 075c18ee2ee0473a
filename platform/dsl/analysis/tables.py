"""Decision tables as plain data: which rows can never be reached, and which values no row takes.

The first row that matches wins. Cells are sets of values of their column; what is not one (an expression with `it`
that cannot be read as a set) is opaque: it may fail to match, so such a row covers nothing. Exact for everything else,
with a bound on the work: a table that needs more is answered "cannot tell".
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import and_

import msgspec

from treadle.dsl.analysis.axes import Axis
from treadle.dsl.analysis.cover import Cover, TooMuchWork
from treadle.dsl.analysis.domains import Domain, universe
from treadle.dsl.analysis.wording import describe
from treadle.dsl.typesystem import Type

WORK = 150_000
"""Steps that one table may take; a step is one run of one column looked at, some five microseconds."""


CELLS = 400_000_000
"""Rows times values told apart, over all columns: what is kept of a table while it is checked, in bits."""


class Column(msgspec.Struct, frozen=True):
    """A column: the parameter that it compares."""

    name: str
    type: Type


class Row(msgspec.Struct, frozen=True):
    """A cell for each column. `opaque` when one of them may fail for a value of its domain."""

    cells: tuple[Domain, ...]
    opaque: bool = False


class Unreachable(msgspec.Struct, frozen=True):
    """Row `at` never wins: the rows `above` take all that it matches; without any, it matches nothing at all."""

    at: int
    above: tuple[int, ...]


class TableFindings(msgspec.Struct, frozen=True):
    """`gap` says in words which values no row takes, None when every value has a row. `unsure` when the work ran out:
    then what is said is true and something may be left unsaid.
    """

    unreachable: tuple[Unreachable, ...] = ()
    gap: str | None = None
    unsure: bool = False


def check_table(columns: Sequence[Column], rows: Sequence[Row], work: int = WORK) -> TableFindings:
    """What is wrong with the rows, which are numbered from 0."""
    wholes = [universe(each.type) for each in columns]
    rows = [Row(tuple(map(and_, row.cells, wholes)), row.opaque) for row in rows]
    if _cells(columns, rows) > CELLS:
        return TableFindings(unsure=True)
    axes = [Axis(whole, [row.cells[at] for row in rows]) for at, whole in enumerate(wholes)]
    firm = sum(1 << at for at, row in enumerate(rows) if not row.opaque)
    gap, searched = _gap(Cover(axes, work // 2), columns, wholes, axes, firm)
    unreachable: list[Unreachable] = []
    cover = Cover(axes, work // 2)
    try:
        for at, row in enumerate(rows):
            above = _above(cover, axes, row, firm & ((1 << at) - 1))
            if above is not None:
                unreachable.append(Unreachable(at, above))
    except TooMuchWork:
        searched = False
    return TableFindings(tuple(unreachable), gap, unsure=not searched)


def _cells(columns: Sequence[Column], rows: Sequence[Row]) -> int:
    """At most so many pairs of a row and a stretch of a column."""
    cuts = 0
    for at in range(len(columns)):
        cells = {row.cells[at] for row in rows}
        cuts += 2 + sum(len(own.cuts) for cell in cells for _, own in cell.parts)
    return cuts * len(rows)


def _gap(
    cover: Cover, columns: Sequence[Column], wholes: Sequence[Domain], axes: Sequence[Axis], firm: int
) -> tuple[str | None, bool]:
    """The gap in words, if there is one, and whether the search came to its end."""
    try:
        hole = cover.hole([axis.every for axis in axes], firm)
    except TooMuchWork:
        return None, False
    if hole is None:
        return None, True
    said = [
        describe(column.name, axis.domain(part), whole)
        for column, whole, axis, part in zip(columns, wholes, axes, hole, strict=True)
    ]
    words = [each for each in said if each]
    return " and ".join(f"({each})" if " or " in each and len(words) > 1 else each for each in words), True


def _above(cover: Cover, axes: Sequence[Axis], row: Row, before: int) -> tuple[int, ...] | None:
    """The rows before this one that take everything from it; None when it can be reached."""
    box = [axis.part(cell) for axis, cell in zip(axes, row.cells, strict=True)]
    if not all(box):
        return ()
    near = cover.near(box, before)
    if near == 0 or cover.hole(box, near) is not None:
        return None
    return cover.fewest(box, near)
