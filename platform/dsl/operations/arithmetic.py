"""`+ - * / %` and unary minus over all types. Owns which types fit; the sums are in `numbers` and `clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

from treadle.dsl.operations import clock, numbers
from treadle.dsl.operations.faults import EvaluationError, LimitExceeded, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

Operation = Callable[[Scope, Value, Value], Value]

_NUMBERS = (int, Decimal)


def _misfit(sign: str, left: Value, right: Value) -> EvaluationError:
    if left is None or right is None:
        return EvaluationError("missing", f"a missing value has no {sign}: handle it with ?? or is set")
    return EvaluationError("mismatch", f"cannot compute {quote(left)} {sign} {quote(right)}")


def _numeric(operation: Operation) -> Operation:
    """Turn the decimal module's signals into faults of ours."""

    def guarded(scope: Scope, left: Value, right: Value) -> Value:
        try:
            return operation(scope, left, right)
        except Overflow:
            raise LimitExceeded(f"a number may have {numbers.EXPONENT} digits") from None
        except (InvalidOperation, DivisionByZero):
            raise EvaluationError("arithmetic", f"{quote(left)} and {quote(right)} have no exact result") from None

    return guarded


@_numeric
def add(scope: Scope, left: Value, right: Value) -> Value:
    """Numbers, texts and lists; a moment or a day plus a duration."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.add(left, right, scope.limits.bits)
    if kind is str and other is str:
        scope.room_for_text(len(left) + len(right))
        return left + right
    if kind is list and other is list:
        scope.room_for_items(len(left) + len(right))
        return left + right
    return _add_times(left, right)


def _add_times(left: Value, right: Value) -> Value:
    match left, right:
        case timedelta(), timedelta():
            return _spans(left, right, 1)
        case datetime(), timedelta():
            return clock.move(left, right)
        case timedelta(), datetime():
            return clock.move(right, left)
        case date(), timedelta():
            return clock.move_day(left, right)
        case timedelta(), date():
            return clock.move_day(right, left)
        case _:
            raise _misfit("+", left, right)


@_numeric
def subtract(scope: Scope, left: Value, right: Value) -> Value:
    """Numbers; moments and days, which gives a duration; a moment or a day minus a duration."""
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return numbers.subtract(left, right, scope.limits.bits)
    match left, right:
        case timedelta(), timedelta():
            return _spans(left, right, -1)
        case datetime(), timedelta():
            return clock.move(left, -right)
        case datetime(), datetime():
            return clock.instant(left) - clock.instant(right)
        case date(), timedelta():
            return clock.move_day(left, -right)
        case date(), date() if not isinstance(left, datetime) and not isinstance(right, datetime):
            return left - right
        case _:
            raise _misfit("-", left, right)


def _spans(left: timedelta, right: timedelta, sign: int) -> timedelta:
    try:
        return left + right * sign
    except OverflowError:
        raise LimitExceeded("a duration may have 999,999,999 days") from None


@_numeric
def multiply(scope: Scope, left: Value, right: Value) -> Value:
    """Numbers; a duration times a number."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.multiply(left, right, scope.limits.bits)
    if kind is timedelta and other in _NUMBERS:
        return clock.scale(left, right)
    if kind in _NUMBERS and other is timedelta:
        return clock.scale(right, left)
    raise _misfit("*", left, right)


@_numeric
def divide(scope: Scope, left: Value, right: Value) -> Value:
    """Numbers; a duration by a number, or by a duration, which gives a number."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return numbers.divide(left, right)
    if kind is timedelta and other in _NUMBERS:
        return clock.shrink(left, right)
    if kind is timedelta and other is timedelta:
        return clock.ratio(left, right)
    raise _misfit("/", left, right)


@_numeric
def modulo(scope: Scope, left: Value, right: Value) -> Value:
    """Numbers."""
    if type(left) in _NUMBERS and type(right) in _NUMBERS:
        return numbers.modulo(left, right)
    raise _misfit("%", left, right)


def negate(value: Value) -> Value:
    """The number or the duration with its sign turned."""
    if type(value) is Decimal:
        return value.copy_negate() if value else value
    if type(value) is int or type(value) is timedelta:
        return -value
    if value is None:
        raise EvaluationError("missing", "a missing value has no sign: handle it with ?? or is set")
    raise EvaluationError("mismatch", f"cannot turn the sign of {quote(value)}")
