"""Decision tables: columns, the types of cells and results.

Which rows are never reached and which values have none is found when constants have values (`lower/tables`).
"""

from __future__ import annotations

import msgspec

from treadle.dsl import nodes, type_codes
from treadle.dsl import table_codes as codes
from treadle.dsl.checker.annotations import resolve
from treadle.dsl.checker.environment import Env
from treadle.dsl.checker.fitting import family
from treadle.dsl.checker.inference import Inference
from treadle.dsl.checker.narrowing import known_when
from treadle.dsl.checker.parameters import declare_params, report_unused_params
from treadle.dsl.checker.tables import Local
from treadle.dsl.checker.walking import children
from treadle.dsl.typesystem import DATE, DATETIME, INT, UNKNOWN, ListOf, Optional, Type, Unknown, plain, show

IT = "it"
_CELL = Env(place="a cell of a table", constant="A cell of a table")


class _Column(msgspec.Struct, frozen=True):
    """A column with the type of its parameter; `env` is the one of the parameters."""

    name: str
    type: Type
    env: Env


def check_table(inference: Inference, decl: nodes.TableDecl) -> bool:
    """Check a table; whether all of it could be read."""
    env = declare_params(inference, decl.params, Env(place="a table"))
    returns = resolve(decl.returns, inference.file, inference.desk, inference.used)
    columns = _columns(inference, decl, env)
    inference.tables.unresolved |= any(isinstance(plain(column.type), Unknown) for column in columns)
    complete = True
    for row in decl.rows:
        known: set[str] = set()
        for column, cell in zip(columns, row.cells, strict=False):
            complete &= not isinstance(cell, nodes.BrokenCell)
            known |= _cell(inference, cell, column)
        if row.result is None:
            complete = False
        else:
            inference.expect(row.result, env.knowing(known), returns, f"A result of `{decl.name.text}`")
    if complete:
        report_unused_params(inference, decl.params)
    return complete


def _columns(inference: Inference, decl: nodes.TableDecl, env: Env) -> list[_Column]:
    """The columns; one that names no parameter has a type that fits everything."""
    found: list[_Column] = []
    params = [param.name.text for param in decl.params]
    for at, column in enumerate(decl.columns):
        name = column.text
        inference.used.add(name)
        if name not in params:
            left = [each for each in params if each not in {other.text for other in decl.columns}]
            inference.desk.misspelt(codes.UNKNOWN_COLUMN, column.span, name, left or params, table=decl.name.text)
        elif name in {other.text for other in decl.columns[:at]}:
            inference.desk.report(codes.COLUMN_TWICE, column.span, name=name)
        found.append(_Column(name, env.names[name].type if name in params else UNKNOWN, env))
    return found


def _cell(inference: Inference, cell: nodes.Cell, column: _Column) -> set[str]:
    """Check one cell; the paths that are surely set where it matches."""
    match cell:
        case nodes.CompareCell(sign=sign, value=value):
            actual = _constant(inference, value, column)
            _comparable(inference, value, actual, column, ordered=sign not in ("==", "!="))
            return _set(column, surely=sign != "!=" and not isinstance(actual, Optional | Unknown))
        case nodes.RangeCell(low=low, high=high):
            for end in (low, high):
                _comparable(inference, end, _constant(inference, end, column), column, ordered=True)
            return _set(column, surely=True)
        case nodes.InCell(items=items):
            return _set(column, surely=_among(inference, items, column))
        case nodes.NotCell(of=of):
            _cell(inference, of, column)
        case nodes.TestCell(test=test):
            return _test(inference, test, column)
    return set()


def _set(column: _Column, *, surely: bool) -> set[str]:
    return {column.name} if surely else set()


def _constant(inference: Inference, value: nodes.Expr, column: _Column) -> Type:
    """The type of a value in a cell, which may name no parameter."""
    named = next((each for each in _names(value) if each.text in column.env.names), None)
    if named is None:
        return inference.infer(value, _CELL)
    notes = (f"a condition says `it`: `it > {named.text}`",)
    inference.desk.report(type_codes.NOT_CONSTANT, named.span, notes=notes, what=_CELL.constant, name=named.text)
    return UNKNOWN


def _comparable(inference: Inference, value: nodes.Expr, actual: Type, column: _Column, *, ordered: bool) -> None:
    left, right = plain(column.type), plain(actual)
    if ordered and isinstance(actual, Optional):
        inference.missing(value)
    elif isinstance(left, Unknown) or isinstance(right, Unknown):
        return
    elif not (_ordered(left, right) if ordered else inference.fit.comparable(left, right)):
        notes = _notes(left, right)
        inference.desk.report(type_codes.CANNOT_COMPARE, value.span, notes=notes, left=show(left), right=show(right))


def _ordered(left: Type, right: Type) -> bool:
    return family(left) is not None and family(left) == family(right)


def _notes(left: Type, right: Type) -> tuple[str, ...]:
    if left in (DATE, DATETIME) and right == INT:
        return (f'write `{show(left)}("2026-01-31")`: without quotes it is a subtraction',)
    return (f"values of type {show(left)} have no order",) if left == right else ()


def _among(inference: Inference, items: nodes.Expr, column: _Column) -> bool:
    """Check the list of an `in` cell; whether none of its items can be missing."""
    whole = _constant(inference, items, column)
    match whole:
        case ListOf(item):
            if not inference.fit.comparable(column.type, item):
                left, right = show(plain(column.type)), show(plain(item))
                inference.desk.report(type_codes.CANNOT_COMPARE, items.span, left=left, right=right)
            return not isinstance(item, Optional | Unknown)
        case Unknown():
            return False
    inference.desk.report(type_codes.NO_CONTAINER, items.span, sign="in", expected="a list", actual=show(whole))
    return False


def _test(inference: Inference, test: nodes.Expr, column: _Column) -> set[str]:
    """Check a condition in a cell, where `it` is the column's value; from here on it is the parameter itself."""
    inference.condition(test, column.env.give(IT, column.type, test.span).at("a cell of a table"))
    for each in _names(test):
        if inference.tables.refs.get(each.id) == Local(IT):
            inference.tables.refs[each.id] = Local(column.name)
    known = known_when(test, lambda node: inference.tables.types.get(node.id, UNKNOWN), holds=True)
    return {column.name + path.removeprefix(IT) if path.split(".")[0].split("[")[0] == IT else path for path in known}


def _names(node: nodes.Expr) -> list[nodes.Name]:
    found, left = [], [node]
    while left:
        at = left.pop()
        if isinstance(at, nodes.Name):
            found.append(at)
        left += children(at)
    return found
