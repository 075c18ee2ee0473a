"""A table as text, a row for each start: the JSON of what each row gives the parameters. Owns how cells are read.

The first line names the parameters. An empty cell is missing. What is no number where one is wanted stays a text, and
the row is refused for it when its turn comes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import Any

import msgspec

from treadle.dsl import values
from treadle.dsl.typesystem import Scalar, Type, plain


class CsvInvalid(Exception):
    """The text is no table for these parameters; one sentence."""


def rows_of(text: str, types: Mapping[str, Type]) -> Iterator[bytes]:
    """Each row as a JSON object by parameter. Raises `CsvInvalid`."""
    lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [each.strip() for each in next(lines, [])]
        _check(names, types)
        for cells in lines:
            if len(cells) > len(names):
                raise CsvInvalid(f"line {lines.line_num} has {len(cells)} cells, the first line {len(names)}")
            if cells:
                yield values.encode(_row(names, cells, types))
    except csv.Error as error:
        raise CsvInvalid(f"line {lines.line_num} cannot be read: {error}") from None


def _check(names: list[str], types: Mapping[str, Type]) -> None:
    if not any(names):
        raise CsvInvalid("the first line has to name the parameters")
    for name in names:
        if name not in types:
            raise CsvInvalid(f"there is no parameter {name!r} for a column; there are {', '.join(types) or 'none'}")
    if len(set(names)) < len(names):
        raise CsvInvalid("two columns have the same name")


def _row(names: list[str], cells: list[str], types: Mapping[str, Type]) -> dict[str, Any]:
    return {name: _value(cell.strip(), plain(types[name])) for name, cell in zip(names, cells, strict=False) if cell}


def _value(cell: str, type: Type) -> Any:
    """Plain data of the type; the text itself where it is none."""
    match type:
        case Scalar("int" | "number" | "money" | "business_days"):
            return _number(cell)
        case Scalar("bool"):
            return {"true": True, "false": False}.get(cell.lower(), cell)
        case Scalar(kind) if kind != "json":
            return cell
    try:
        return values.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        return cell


def _number(cell: str) -> int | Decimal | str:
    try:
        number = Decimal(cell)
    except InvalidOperation:
        return cell
    if not number.is_finite():
        return cell
    return int(cell) if cell.lstrip("+-").isdigit() and cell.isascii() else number
