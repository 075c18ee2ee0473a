"""The lines of a decision table in canonical form: columns as wide as their widest cell, counted in code points.

A wide table is not broken: a row is one line, or it would be no row to the eye.
"""

from __future__ import annotations

from treadle.dsl.formatter.expressions import Printer
from treadle.dsl.nodes import AnyCell, Cell, CompareCell, InCell, NotCell, RangeCell, TableDecl, TableRow, TestCell
from treadle.dsl.parser.layout import Line


def aligned(table: TableDecl, lines: list[Line], printer: Printer) -> dict[int, str]:
    """The lines under the head of a table that has no faults, by the offset in the block where each begins.

    Those with comments or texts over several lines inside are left out.
    """
    cells = [[*(column.text for column in table.columns), "->"], *(_row(row, printer) for row in table.rows)]
    shown = {
        line.scan.start: each
        for line, each in zip(lines, cells, strict=True)
        if not line.scan.inner and not any("\n" in cell for cell in each)
    }
    widths = [max(len(cell) for cell in column) for column in zip(*shown.values(), strict=True)]
    return {start: _line(each, widths) for start, each in shown.items()}


def _line(cells: list[str], widths: list[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _row(row: TableRow, printer: Printer) -> list[str]:
    result = printer.flat(row.result) if row.result else ""
    return [*(_cell(cell, printer) for cell in row.cells), result]


def _cell(cell: Cell, printer: Printer) -> str:
    match cell:
        case AnyCell():
            return "_"
        case CompareCell(sign="==", value=value):
            return printer.flat(value)
        case CompareCell(sign=sign, value=value):
            return f"{sign} {printer.flat(value)}"
        case RangeCell(low=low, high=high):
            return f"{printer.flat(low)} .. {printer.flat(high)}"
        case InCell(items=items):
            return f"in {printer.flat(items)}"
        case NotCell(of=of):
            return f"not {_cell(of, printer)}"
        case TestCell(test=test):
            return printer.flat(test)
    return ""
