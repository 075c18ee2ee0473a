"""Equality, order and containment. Missing (None) equals only missing; order needs two values that can be ordered."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from treadle.dsl.operations.clock import instant
from treadle.dsl.operations.faults import EvaluationError, quote
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

_NUMBERS = (int, Decimal)
_TIMES = (date, datetime, time, timedelta)


def equal(scope: Scope, left: Value, right: Value) -> bool:
    """Whether two values are the same value; data of json that hold a time as text are compared as that time."""
    kind, other = type(left), type(right)
    if kind is str and other is str:
        return len(left) == len(right) and scope.reading(left) == right
    if kind in _NUMBERS and other in _NUMBERS:
        return bool(left == right)
    if left is None or right is None:
        return left is right
    if kind is not other:
        return _equal_across(left, right)
    return _equal_alike(scope, left, right)


def _equal_alike(scope: Scope, left: Value, right: Value) -> bool:
    if isinstance(left, datetime):
        return instant(left) == instant(right)
    if isinstance(left, list):
        scope.spend(len(left))
        return len(left) == len(right) and all(equal(scope, a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict):
        scope.spend(len(left) + len(right))
        return all(equal(scope, left.get(key), right.get(key)) for key in left.keys() | right.keys())
    return bool(left == right)


def _equal_across(left: Value, right: Value) -> bool:
    if isinstance(left, str):
        left, right = right, left
    if not (isinstance(right, str) and isinstance(left, _TIMES)):
        return False
    try:
        read = msgspec.convert(right, type(left))
    except msgspec.ValidationError:
        return False
    return bool(order_key(read) == order_key(left))


def order_key(value: Value) -> Any:
    """What a value is ordered by: moments by their instant, everything else by itself."""
    return instant(value) if isinstance(value, datetime) else value


def unordered(left: Value, right: Value) -> EvaluationError:
    """The fault of comparing what has no common order."""
    if left is None or right is None:
        return EvaluationError("missing", "a missing value cannot be ordered: handle it with ?? or is set")
    return EvaluationError("mismatch", f"cannot compare {quote(left)} with {quote(right)}")


def contains(scope: Scope, whole: Value, part: Value) -> bool:
    """Whether a list holds the value, a map the key, or a text the text. Raises `EvaluationError` for anything else."""
    match whole:
        case str() if isinstance(part, str):
            return part in scope.reading(whole)
        case list():
            scope.spend(len(whole))
            return any(equal(scope, each, part) for each in whole)
        case dict():
            return isinstance(part, str) and part in whole
        case None:
            raise EvaluationError("missing", "a missing value contains nothing: handle it with ?? or is set")
        case _:
            raise EvaluationError("mismatch", f"{quote(whole)} cannot contain {quote(part)}")


def identity(scope: Scope, value: Value) -> Hashable:
    """A hashable stand-in: two values have equal ones exactly when they are equal."""
    match value:
        case bool():
            return ("bool", value)
        case str():
            return scope.reading(value)
        case datetime():
            return instant(value)
        case list():
            scope.spend(len(value))
            return ("list", *(identity(scope, each) for each in value))
        case dict():
            scope.spend(len(value))
            return frozenset((key, identity(scope, each)) for key, each in value.items() if each is not None)
        case Decimal() | int() | None | date() | time() | timedelta():
            return value
        case _:
            raise EvaluationError("mismatch", f"{quote(value)} is no value of the language")
