"""The sorts of values that have an order: which values are of a sort, and where they are on its line.

Whole numbers, days and truth values are counted: their cuts stand before a value, so that equal sets look the same.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import ceil, floor
from typing import Any

from treadle.dsl.analysis.lines import Cut, Line, line
from treadle.dsl.operations.clock import instant
from treadle.dsl.values import Value

OTHER = "other"  # lists, records, maps: there or not, no more is known
SORTS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int, Decimal),
    "number": (int, Decimal),
    "money": (int, Decimal),
    "text": (str,),
    "duration": (timedelta,),
    "date": (date,),
    "time": (time,),
    "datetime": (datetime,),
    OTHER: (list, dict),
}


def key_of(sort: str, value: Value) -> Any:
    """What stands for the value on the line of the sort; None when it does not belong there."""
    fits = isinstance(value, SORTS[sort]) and isinstance(value, bool) == (sort == "bool")
    if not fits or isinstance(value, datetime) != (sort == "datetime"):
        return None
    if sort == "datetime":
        return _instant(value)
    return int(value) if sort == "bool" else value


def _instant(moment: datetime) -> datetime | None:
    """The moment on the UTC line; None for the first and last hours that there are, which have no place on it."""
    try:
        return instant(moment)
    except OverflowError:
        return None


def cuts_around(sort: str, key: Any) -> list[Cut]:
    """The cuts before and behind a value, none when the sort cannot have it."""
    cuts = [cut_at(sort, key, 0), cut_at(sort, key, 1)]
    return [cut for cut in cuts if cut is not None] if cuts[0] != cuts[1] else []


def counted(sort: str, own: Line) -> Line:
    """The line with its cuts where the sort has them."""
    cuts = [cut_at(sort, *cut) for cut in own.cuts]
    return line(own.starts, [cut for cut in cuts if cut is not None])


def cut_at(sort: str, key: Any, side: int) -> Cut | None:
    """A cut; where values are counted it stands before one. None behind the last day that there is."""
    match sort:
        case "int":
            return (floor(key) + 1 if side else ceil(key), 0)
        case "bool":
            return (key + side, 0)
        case "date":
            return None if side and key == date.max else (key + timedelta(days=side), 0)
        case _:
            return (key, side)


def points_between(sort: str, start: Cut, end: Cut, most: int) -> list[Value] | None:
    """The values between two cuts, None when they are not single or more than `most`."""
    if sort == "bool":
        return [bool(each) for each in range(start[0], end[0])]
    if sort == "int":
        return list(range(start[0], end[0])) if end[0] - start[0] <= most else None
    if sort == "date":
        days = (end[0] - start[0]).days
        return [start[0] + timedelta(days=day) for day in range(days)] if days <= most else None
    return [start[0]] if start[0] == end[0] else None
