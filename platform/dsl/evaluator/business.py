"""The closure that moves a moment or a day by business days. The call is made by lowering and has no name in a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.paths import path_of
from treadle.dsl.operations.calendars import Holidays, move_business_day, move_business_days
from treadle.dsl.operations.clock import zone_named
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

MOVE = "+ business days"

Evaluation = Callable[[Scope], Value]
Compile = Callable[[ex.Expr], Evaluation]


def move(expr: ex.Apply, compile: Compile) -> Evaluation:
    """The closure of `MOVE(moment or day, count, zone or missing, holidays)`.

    A moment that was put into a zone moves on the clocks of that zone, any other on those of the zone that is given, or
    else of the workspace.
    """
    if len(expr.args) != 4:
        raise EvaluationError("mismatch", "business days are counted from a moment or a day")
    of, count, zone = (compile(each) for each in expr.args[:3])
    path, off = path_of(expr.args[0]) or "the moment", _holidays(compile(expr.args[3])(Scope({})))

    def run(scope: Scope) -> Value:
        value, days = of(scope), count(scope)
        if value is None:
            raise EvaluationError("missing", f"{path} is missing, and business days are counted from it")
        if type(days) is not int or not isinstance(value, date):
            raise EvaluationError("mismatch", f"business days cannot be counted from {quote(value)}")
        scope.spend(abs(days))
        try:
            if not isinstance(value, datetime):
                return move_business_day(value, days, off)
            own = value.tzinfo
            place = own if isinstance(own, ZoneInfo) else zone_named(zone(scope) or scope.zone)
            return move_business_days(value, days, place, off).astimezone(value.tzinfo or UTC)
        except OverflowError:
            raise LimitExceeded(f"{value:%Y-%m-%d} cannot be moved by {days} business days") from None

    return run


def _holidays(data: Any) -> Holidays:
    ranges = tuple((first, last) for first, last in data.get("ranges", ()))
    return Holidays(data.get("dates", ()), ranges, tuple((month, day) for month, day in data.get("yearly", ())))
