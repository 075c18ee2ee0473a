"""Decision tables to one expression, and what is wrong with their rows.

Rows are read as what they compute, when constants have values: so a gap that is reported is a gap when the table runs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from treadle.dsl import expressions as ex
from treadle.dsl import nodes
from treadle.dsl import table_codes as codes
from treadle.dsl.analysis.domains import Domain, universe
from treadle.dsl.analysis.tables import Column, Row, TableFindings, Unreachable, check_table
from treadle.dsl.analysis.terms import Terms
from treadle.dsl.checker import Checked
from treadle.dsl.checker.desk import Desk
from treadle.dsl.typesystem import Optional

if TYPE_CHECKING:
    from treadle.dsl.lower.constants import FileValues

TRUE = ex.Lit(value=True, type="bool")
MISSING = ex.Lit(None, "missing")


def lower_table(decl: nodes.TableDecl, checked: Checked, values: FileValues) -> ex.Expr | None:
    """What the table computes over its parameters; None, reported at the file's desk, when its rows are wrong."""
    columns = [Column(column.text, checked.tables.names[column.text]) for column in decl.columns]
    lowering = _Cells(checked, values)
    tests = [
        [lowering.test(cell, column) for column, cell in zip(columns, row.cells, strict=True)] for row in decl.rows
    ]
    if lowering.failed:
        return None
    terms = Terms(checked.tables.names, {}, values.functions(checked.tables.functions))
    findings = _findings(tuple(columns), tuple(_row(columns, each, terms) for each in tests))
    if _report(decl, findings, values.scope.desk):
        return None
    results = [values.lowering(checked).lower(row.result) for row in decl.rows if row.result is not None]
    return ex.Cases(tuple(zip(map(_both, tests), results, strict=True)))


@lru_cache(maxsize=1_024)
def _findings(columns: tuple[Column, ...], rows: tuple[Row, ...]) -> TableFindings:
    """Remembered, because most tables are as they were when a file is checked again."""
    return check_table(columns, rows)


class _Cells:
    """Lowers the cells of one table. `failed` when a constant in one of them has no value."""

    def __init__(self, checked: Checked, values: FileValues) -> None:
        self._checked = checked
        self._values = values
        self.failed = False

    def test(self, cell: nodes.Cell, column: Column) -> ex.Expr:
        """The condition that the cell puts to its parameter."""
        name = column.name
        match cell:
            case nodes.CompareCell(sign="==" | "!=" as sign, value=value):
                return ex.Binary(sign, ex.Var(name), self._value(value))
            case nodes.CompareCell(sign=sign, value=value):
                return _there(column, ex.Binary(sign, ex.Var(name), self._value(value)))
            case nodes.RangeCell(low=low, high=high):
                above = ex.Binary(">=", ex.Var(name), self._value(low))
                return _there(column, above, ex.Binary("<=", ex.Var(name), self._value(high)))
            case nodes.InCell(items=items):
                return ex.Binary("in", ex.Var(name), self._value(items))
            case nodes.NotCell(of=of):
                return ex.Not(self.test(of, column))
            case nodes.TestCell(test=test):
                return self._values.lowering(self._checked).lower(test)
        return TRUE

    def _value(self, node: nodes.Expr) -> ex.Expr:
        found = self._values.constant(node, self._checked)
        self.failed |= found is None
        return found or MISSING


def _there(column: Column, *tests: ex.Expr) -> ex.Expr:
    """All of the tests; with one that the value is there, where it may be missing."""
    items = (ex.IsSet(ex.Var(column.name)), *tests) if isinstance(column.type, Optional) else tests
    return items[0] if len(items) == 1 else ex.And(items)


def _both(tests: list[ex.Expr]) -> ex.Expr:
    asked = tuple(each for each in tests if each is not TRUE)
    return TRUE if not asked else asked[0] if len(asked) == 1 else ex.And(asked)


def _row(columns: list[Column], tests: list[ex.Expr], terms: Terms) -> Row:
    cells = [_domain(column, test, terms) for column, test in zip(columns, tests, strict=True)]
    return Row(tuple(domain for domain, _ in cells), opaque=not all(exact for _, exact in cells))


def _domain(column: Column, test: ex.Expr, terms: Terms) -> tuple[Domain, bool]:
    """The values that pass a cell's test, and whether all of them surely do."""
    whole, box = universe(column.type), terms.box(test)
    if box.empty:
        return whole - whole, True
    return box.paths.get(column.name, whole), box.exact and box.paths.keys() <= {column.name}


def _report(decl: nodes.TableDecl, findings: TableFindings, desk: Desk) -> bool:
    """Report what is wrong with the rows; whether that is an error."""
    name = decl.name.text
    for each in findings.unreachable:
        desk.report(codes.ROW_UNREACHABLE, decl.rows[each.at].span, reason=_reason(decl, each))
    if findings.gap is not None:
        gap = f"{findings.gap} has no row" if findings.gap else "its conditions may all fail"
        desk.report(
            codes.NOT_EXHAUSTIVE, decl.name.span, notes=("a last row of `_` takes the rest",), name=name, gap=gap
        )
    if findings.unsure:
        desk.report(codes.TABLE_TOO_HARD, decl.name.span, name=name)
    return bool(findings.unreachable) or findings.gap is not None


def _reason(decl: nodes.TableDecl, found: Unreachable) -> str:
    if not found.above:
        return "no value matches it"
    lines = [str(decl.rows[at].span.line) for at in found.above]
    if len(lines) == 1:
        return f"line {lines[0]} takes all that it matches"
    return f"lines {', '.join(lines[:-1])} and {lines[-1]} take all that it matches"
