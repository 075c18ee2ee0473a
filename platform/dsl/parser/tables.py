"""The lines of a decision table: split at their bars, each cell read by the grammar alone.

Owns recovery in tables: a broken cell costs one cell, a row with the wrong number of cells one row.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

import msgspec

from treadle.dsl.declaration_codes import CELL_COUNT, CELL_EMPTY, ROW_BARS, ROWS_MISSING, TABLE_HEAD
from treadle.dsl.nodes import AnyCell, BrokenCell, Cell, Expr, Ident, TableDecl, TableRow
from treadle.dsl.parser import engine, habit_members
from treadle.dsl.parser.layout import Line
from treadle.dsl.parser.lines import code_of, refuse_block, report_faults
from treadle.dsl.parser.reading import Reading
from treadle.dsl.parser.scanner import BLANKS
from treadle.dsl.syntax_codes import EXPRESSION_MISSING, UNEXPECTED

_NAME = re.compile(r"[^\W\d]\w*")
_RULER = re.compile(r":?--+:?")  # as tables elsewhere have it under their head


class _Cut(NamedTuple):
    """What stands between two bars without its blanks; `at` counts from the start of the block."""

    at: int
    code: str

    @property
    def end(self) -> int:
        return self.at + len(self.code)


def read_table(line: Line, head: TableDecl | None, reading: Reading) -> TableDecl | None:
    """The table with its columns and rows; None when its head or its columns cannot be read."""
    columns = _columns(line.children[0], reading) if line.children else None
    rows = tuple(_row(child, columns, reading) for child in line.children[1:])
    if not rows and (columns is not None or not line.children):
        reading.report(ROWS_MISSING, line.scan.start, line.scan.end)
    if head is None or columns is None:
        return None
    span = reading.span(line.scan.start, line.last)
    return msgspec.structs.replace(head, columns=columns, rows=rows, span=span)


def _columns(line: Line, reading: Reading) -> tuple[Ident, ...] | None:
    cuts = _cut(line, reading)
    if cuts is None:
        return None
    if not cuts or cuts[-1].code != "->":
        reading.report(TABLE_HEAD, line.scan.start, line.scan.end)
        return None
    odd = [cut for cut in cuts[:-1] if not _NAME.fullmatch(cut.code)]
    for cut in odd:
        reading.report(UNEXPECTED, cut.at, cut.end, found=cut.code or "|", expected="the name of a parameter")
    return None if odd else tuple(reading.ident(cut.code, cut.at) for cut in cuts[:-1])


def _row(line: Line, columns: tuple[Ident, ...] | None, reading: Reading) -> TableRow:
    cuts = _cut(line, reading)
    if cuts and all(_RULER.fullmatch(cut.code) for cut in cuts):
        reading.report(UNEXPECTED, cuts[0].at, cuts[0].end, found=cuts[0].code, expected="a row of the table")
        cuts = None
    if cuts is not None and columns is not None and len(cuts) != len(columns) + 1:
        found, expected = _cells(len(cuts)), str(len(columns) + 1)
        reading.report(CELL_COUNT, line.scan.start, line.scan.end, found=found, expected=expected)
        cuts = None
    start, end = line.scan.start, line.scan.end
    if not cuts:
        cells = tuple(_broken(start, end, reading) for _ in columns or ())
        return TableRow(id=reading.next_id(), span=reading.span(start, end), cells=cells, result=None)
    conditions = tuple(_cell(cut, reading) for cut in cuts[:-1])
    result = _result(cuts[-1], reading)
    return TableRow(id=reading.next_id(), span=reading.span(start, end), cells=conditions, result=result)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _cut(line: Line, reading: Reading) -> list[_Cut] | None:
    """The cells of a line; None when it cannot be split, which is reported."""
    readable = report_faults(line, reading)
    refuse_block(line, reading)
    if not readable:
        return None
    code, start, end = code_of(line, reading), line.scan.start, line.scan.end
    bars = list(line.scan.bars)
    if not bars or bars[0] != start:
        reading.report(ROW_BARS, start, end)
        return None
    if bars[-1] != end - 1:
        fix = reading.fix("close the row", end, end, " |")
        reading.report(ROW_BARS, start, end, fixes=(fix,))
        bars.append(end)
    found = []
    for left, right in pairwise(bars):
        inside = code[left + 1 - start : right - start]
        blanks = len(inside) - len(inside.lstrip(BLANKS))
        found.append(_Cut(left + 1 + blanks, inside.strip(BLANKS)))
    return found


def _cell(cut: _Cut, reading: Reading) -> Cell:
    if cut.code == "_":
        return AnyCell(id=reading.next_id(), span=reading.span(cut.at, cut.end))
    if not cut.code:
        margin = "" if reading.text[cut.at - 1] in BLANKS else " "
        fix = reading.fix("write `_`", cut.at, cut.at, f"{margin}_ ")
        reading.report(CELL_EMPTY, cut.at, cut.at, fixes=(fix,))
        return _broken(cut.at, cut.at, reading)
    if cut.code in habit_members.ANYTHING:
        fix = reading.fix("write `_`", cut.at, cut.end, "_")
        reading.report(UNEXPECTED, cut.at, cut.end, fixes=(fix,), found=cut.code, expected="a value, or `_` for any")
        return _broken(cut.at, cut.end, reading)
    node = engine.read("cell", cut.code, reading, cut.at)
    return node if isinstance(node, Cell) else _broken(cut.at, cut.end, reading)


def _result(cut: _Cut, reading: Reading) -> Expr | None:
    if not cut.code:
        reading.report(EXPRESSION_MISSING, cut.at, cut.at, after="|")
        return None
    node = engine.read("expr", cut.code, reading, cut.at)
    return node if isinstance(node, Expr) else None


def _broken(start: int, end: int, reading: Reading) -> BrokenCell:
    return BrokenCell(id=reading.next_id(), span=reading.span(start, end))
