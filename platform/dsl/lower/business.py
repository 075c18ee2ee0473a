"""Business days: the one internal function that moments and dates are moved by, and its calendar as plain data.

Owns the shape of its call: (moment or day, count, zone or missing, holidays). The functions of a file do not know whose
rule calls them: a rule with a window takes along copies that count by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import graph
from treadle.dsl.evaluator.business import MOVE

_NO_ZONE = ex.Lit(None, "missing")


class Counting(msgspec.Struct, frozen=True):
    """By which clocks and which holidays days are counted; a missing zone is the workspace's."""

    zone: ex.Expr
    holidays: ex.Expr


def counting(zone: ex.Expr | None, calendar: graph.Calendar | None) -> Counting:
    """By a window; without one in the workspace's zone, weekends alone being off."""
    known = calendar or graph.Calendar()
    dates = tuple(_text(each) for each in known.dates)
    ranges = tuple(ex.MakeList((_text(first), _text(last))) for first, last in known.ranges)
    yearly = tuple(ex.MakeList((ex.Lit(month, "int"), ex.Lit(day, "int"))) for month, day in known.yearly)
    parts = (("dates", dates), ("ranges", ranges), ("yearly", yearly))
    holidays = ex.MakeRecord(tuple((name, ex.MakeList(items)) for name, items in parts if items))
    return Counting(zone or _NO_ZONE, holidays)


WEEKDAYS = counting(None, None)


def _text(value: str) -> ex.Expr:
    return ex.Lit(value, "text")


def moved(of: ex.Expr, count: ex.Expr, by: Counting, *, back: bool) -> ex.Expr:
    """`of + count`, or `of - count`."""
    return ex.Apply(MOVE, (of, ex.Negate(count) if back else count, by.zone, by.holidays))


def functions_by(functions: Mapping[str, ex.Function], by: Counting) -> dict[str, ex.Function]:
    """The functions as the rule with this window calls them.

    They cannot see the names of a run: a zone that is computed from them holds in the steps alone.
    """
    seen = by if isinstance(by.zone, ex.Lit) else Counting(_NO_ZONE, by.holidays)
    return dict(functions) if seen == WEEKDAYS else {name: _by(each, seen) for name, each in functions.items()}


def _by(part: Any, by: Counting) -> Any:
    match part:
        case ex.Apply(function, (of, count, _, _)) if function == MOVE:
            return ex.Apply(MOVE, (_by(of, by), count, by.zone, by.holidays))
        case msgspec.Struct():
            return type(part)(**{name: _by(getattr(part, name), by) for name in part.__struct_fields__})
        case tuple():
            return tuple(_by(each, by) for each in part)
        case _:
            return part
