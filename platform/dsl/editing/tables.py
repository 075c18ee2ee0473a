"""Rows, cells and columns of decision tables. Owns the bars: a cell that is written keeps its width where it can."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from treadle.dsl import nodes
from treadle.dsl.diagnostics import TextEdit
from treadle.dsl.editing import given, margins
from treadle.dsl.editing.operations import (
    InsertColumn,
    InsertRow,
    MoveColumn,
    MoveRow,
    RemoveColumn,
    RemoveRow,
    SetCell,
)
from treadle.dsl.editing.refusing import refused
from treadle.dsl.editing.regions import end_of, head_end, removal, start_of
from treadle.dsl.editing.source import Target, no_part
from treadle.dsl.editing_codes import CELLS_MISMATCH, NAME_IN_USE, NOT_READ
from treadle.dsl.parser.layout import Line

RESULT = "->"


class Grid(msgspec.Struct, frozen=True):
    """The lines of a table. `columns` are their names with the result; the first line holds them."""

    target: Target
    decl: nodes.TableDecl
    columns: tuple[str, ...]
    rows: list[Line]

    def row(self, number: int) -> Line:
        """The line of a row, from 1. Refuses when there is none."""
        if not 0 < number <= len(self.rows):
            raise no_part(self.target, f"row {number}")
        return self.rows[number - 1]

    def column(self, name: str) -> int:
        """The number of a column, from 0."""
        if name not in self.columns:
            raise no_part(self.target, f"column `{name}`", self.columns)
        return self.columns.index(name)

    def bars(self, line: Line) -> list[int]:
        """Where the bars of a line stand in the file. Refuses when they do not fit the columns."""
        bars = [self.target.at(each) for each in line.scan.bars]
        if len(bars) != len(self.columns) + 1:
            span = self.target.span(line)
            raise refused(NOT_READ, self.target.source.file, span, line=span.line)
        return bars

    def all_lines(self) -> list[Line]:
        """The head line and the rows."""
        return self.target.root.children


def _grid(target: Target) -> Grid:
    if not isinstance(target.decl, nodes.TableDecl):
        raise no_part(target, "rows and columns")
    columns = (*(each.text for each in target.decl.columns), RESULT)
    return Grid(target, target.decl, columns, target.root.children[1:])


def insert_row(target: Target, op: InsertRow) -> list[TextEdit]:
    """A row, as wide as the head."""
    grid = _grid(target)
    if len(op.cells) != len(grid.columns):
        span = target.span(target.root)
        found, expected = len(op.cells), len(grid.columns)
        raise refused(CELLS_MISMATCH, target.source.file, span, found=found, expected=expected)
    cells = given.cells(op.cells, target.source.file)
    head = grid.all_lines()[0]
    widths = [right - left - 1 for left, right in pairwise(grid.bars(head))]
    shown = "|".join(_padded(cell, width) for cell, width in zip(cells, widths, strict=True))
    if op.at is not None and 0 < op.at <= len(grid.rows):
        at = start_of(target, grid.rows[op.at - 1])
    elif op.at in (None, len(grid.rows) + 1):
        at = end_of(target, grid.rows[-1]) if grid.rows else head_end(target, head)
    else:
        raise no_part(target, f"row {op.at}")
    return [margins.insert_lines(target.text, at, [f"{' ' * head.indent}|{shown}|"])]


def _padded(cell: str, width: int) -> str:
    return f" {cell} ".ljust(width)


def remove_row(target: Target, op: RemoveRow) -> list[TextEdit]:
    """A row with its comments."""
    grid = _grid(target)
    return [removal(target, [grid.row(op.row)], grid.all_lines())]


def move_row(target: Target, op: MoveRow) -> list[TextEdit]:
    """A row with its comments to where another stands."""
    grid = _grid(target)
    line, there = grid.row(op.row), grid.row(op.to)
    if line is there:
        return []
    start, end = start_of(target, line), end_of(target, line)
    at = end_of(target, there) if op.to > op.row else start_of(target, there)
    taken = target.text[start:end].replace("\r\n", "\n").removesuffix("\n").split("\n")
    return [margins.insert_lines(target.text, at, taken), margins.remove_lines(target.text, start, end)]


def set_cell(target: Target, op: SetCell) -> list[TextEdit]:
    """One cell."""
    grid = _grid(target)
    line, column = grid.row(op.row), grid.column(op.column)
    row = ("_", op.text) if op.column == RESULT else (op.text, "1")
    text = given.cells(row, target.source.file)[row.index(op.text)]
    left, right = grid.bars(line)[column : column + 2]
    width = right - left - 1 if "\n" not in target.text[left:right] else 0
    return [TextEdit(left + 1, right, _padded(text, width))]


def insert_column(target: Target, op: InsertColumn) -> list[TextEdit]:
    """A column, and a parameter behind the others."""
    grid = _grid(target)
    name = given.name(op.name, target.source.file)
    if name in grid.columns or name in {each.name.text for each in grid.decl.params}:
        raise refused(NAME_IN_USE, target.source.file, target.span(target.root), owner=target.shown, name=name)
    cell, _ = given.cells((op.cell, "1"), target.source.file)
    at = op.at - 1 if op.at is not None else len(grid.columns) - 1
    if not 0 <= at < len(grid.columns):
        raise no_part(target, f"column {op.at}")
    width = max(len(name), len(cell)) + 2
    head, *rows = grid.all_lines()
    edits = [_cell_edit(grid, head, at, _padded(name, width))]
    edits += [_cell_edit(grid, row, at, _padded(cell, width)) for row in rows]
    shown = f"{name}: {given.type_of(op.type, target.source.file)}"
    params = grid.decl.params
    end = params[-1].span.end if params else target.text.index("(", grid.decl.name.span.end) + 1
    return [TextEdit(end, end, f", {shown}" if params else shown), *edits]


def _cell_edit(grid: Grid, line: Line, at: int, shown: str) -> TextEdit:
    place = grid.bars(line)[at] + 1
    return TextEdit(place, place, f"{shown}|")


def remove_column(target: Target, op: RemoveColumn) -> list[TextEdit]:
    """A column with its parameter."""
    grid = _grid(target)
    at = grid.column(op.column)
    if op.column == RESULT:
        raise no_part(target, f"column `{RESULT}` that can be taken out")
    edits = []
    for line in grid.all_lines():
        bars = grid.bars(line)
        edits.append(TextEdit(bars[at] + 1, bars[at + 1] + 1, ""))
    return [*_without_param(grid.decl.params, op.column), *edits]


def _without_param(params: tuple[nodes.ParamDecl, ...], name: str) -> list[TextEdit]:
    at = next((at for at, each in enumerate(params) if each.name.text == name), None)
    if at is None:
        return []
    if at + 1 < len(params):
        return [TextEdit(params[at].span.start, params[at + 1].span.start, "")]
    start = params[at - 1].span.end if at else params[at].span.start
    return [TextEdit(start, params[at].span.end, "")]


def move_column(target: Target, op: MoveColumn) -> list[TextEdit]:
    """A column to another place, in each line."""
    grid = _grid(target)
    at, to = grid.column(op.column), op.to - 1
    if op.column == RESULT or not 0 <= to < len(grid.columns) - 1:
        raise no_part(target, f"column {op.to} where `{op.column}` can stand")
    edits = []
    for line in grid.all_lines():
        bars = grid.bars(line)
        place = bars[to + 1] + 1 if to > at else bars[to] + 1
        edits.append(TextEdit(place, place, target.text[bars[at] + 1 : bars[at + 1] + 1]))
        edits.append(TextEdit(bars[at] + 1, bars[at + 1] + 1, ""))
    return edits if at != to else []
