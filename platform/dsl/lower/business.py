"""Business days: the one internal function that moments and dates are moved by, and its calendar as plain data.

Owns the shape of its call: (moment or day, count, zone or missing, holidays). A zone or a calendar that is missing is
filled in for a whole graph, because the functions of a file do not know whose rule calls them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl import graph
from treadle.dsl.evaluator.business import MOVE

NO_ZONE = ex.Lit(None, "missing")
_READ = ("where", "once", "at_most", "quiet", "alone", "stops", "nodes")  # parts of a graph that see the run's names


def moved(of: ex.Expr, count: ex.Expr, *, back: bool) -> ex.Expr:
    """`of + count`, or `of - count`, in the workspace's zone and with weekends alone."""
    return ex.Apply(MOVE, (of, ex.Negate(count) if back else count, NO_ZONE, holidays(None)))


def holidays(calendar: graph.Calendar | None) -> ex.Expr:
    """A calendar as the expression that gives its days."""
    known = calendar or graph.Calendar()
    dates = tuple(_text(each) for each in known.dates)
    ranges = tuple(ex.MakeList((_text(first), _text(last))) for first, last in known.ranges)
    yearly = tuple(ex.MakeList((ex.Lit(month, "int"), ex.Lit(day, "int"))) for month, day in known.yearly)
    parts = (("dates", dates), ("ranges", ranges), ("yearly", yearly))
    return ex.MakeRecord(tuple((name, ex.MakeList(items)) for name, items in parts if items))


def _text(value: str) -> ex.Expr:
    return ex.Lit(value, "text")


def in_window(made: graph.Graph) -> graph.Graph:
    """The graph with business days on the clocks and in the calendar of its `only during`.

    Functions cannot see the names of a run: a zone that is computed from them holds in the steps alone.
    """
    window = made.during
    if window is None or not any(_uses_days(getattr(made, name)) for name in (*_READ, "functions")):
        return made
    days = holidays(made.calendars.get(window.calendar or ""))
    zone = window.zone or NO_ZONE
    constant = zone if isinstance(zone, ex.Lit) else NO_ZONE
    read = {name: _filled(getattr(made, name), zone, days) for name in _READ}
    return msgspec.structs.replace(made, **read, functions=_filled(made.functions, constant, days))


def _filled(part: Any, zone: ex.Expr, days: ex.Expr) -> Any:
    match part:
        case ex.Apply(function, (of, count, _, _)) if function == MOVE:
            return ex.Apply(MOVE, (_filled(of, zone, days), count, zone, days))
        case msgspec.Struct():
            names = part.__struct_fields__
            return type(part)(**{name: _filled(getattr(part, name), zone, days) for name in names})
        case tuple():
            return tuple(_filled(each, zone, days) for each in part)
        case dict():
            return {key: _filled(each, zone, days) for key, each in part.items()}
        case _:
            return part


def _uses_days(part: Any) -> bool:
    """Whether there are business days in the structure."""
    match part:
        case ex.Apply(function) if function == MOVE:
            return True
        case msgspec.Struct():
            return any(_uses_days(getattr(part, name)) for name in part.__struct_fields__)
        case tuple():
            return any(_uses_days(each) for each in part)
        case dict():
            return any(_uses_days(each) for each in part.values())
        case _:
            return False
