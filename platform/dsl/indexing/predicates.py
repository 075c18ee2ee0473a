"""Which terms of a condition an index can answer: one path of the event against constants.

Owns the shapes of such tests and how they are found in an expression. A test that is found is true exactly when the
evaluator finds the term true; anything else, faults included, counts as not true.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator.access import constant
from treadle.dsl.indexing.paths import Path, path_from
from treadle.dsl.operations.arithmetic import negate
from treadle.dsl.operations.comparison import order_key
from treadle.dsl.operations.faults import EvaluationError
from treadle.dsl.operations.scope import Scope
from treadle.dsl.values import Value

LONGEST_TEXT = 256  # characters that the evaluator compares without charging for them
MOST_CONSTANTS = 1000  # of one list: far below what its meter allows

Kind = Literal["missing", "bool", "text", "number", "timedelta", "date", "datetime"]
KINDS: dict[type[Any], Kind] = {
    type(None): "missing",
    bool: "bool",
    str: "text",
    int: "number",
    Decimal: "number",
    timedelta: "timedelta",
    date: "date",
    datetime: "datetime",
}
"""Of the values that a condition may be told apart by."""
ORDERED: frozenset[Kind] = frozenset({"number", "timedelta", "date", "datetime"})
_FEW = 8
_EMPTY = Scope({})
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=", "contains": "in"}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


class Constant(msgspec.Struct, frozen=True):
    """A value that a path is compared with; equal ones stand for values that the language calls equal."""

    kind: Kind
    value: Any


class OneOf(msgspec.Struct, frozen=True):
    """The value is one of these, or with `negated` none of them."""

    path: Path
    constants: frozenset[Constant]
    negated: bool = False
    plain: bool = True  # False for a path that must itself be true or false: there another value is a fault

    @property
    def total(self) -> bool:
        """Whether the term is true or false of every event."""
        return self.plain and self.path.total


class Ordered(msgspec.Struct, frozen=True):
    """The value stands in this order to the constant."""

    path: Path
    sign: str
    constant: Constant

    @property
    def total(self) -> bool:
        """Never: a missing value has no order."""
        return False


Test = OneOf | Ordered


class Need(msgspec.Struct, frozen=True):
    """All tests of one rule on one path. `takes` None is any value that is not among `refuses`; `kinds` are those of
    all constants that are compared for equality. `texts` are all that the rule takes, when these are few.
    """

    path: Path
    takes: tuple[Constant, ...] | None
    refuses: tuple[Constant, ...]
    kinds: frozenset[Kind]
    ordered: tuple[Ordered, ...]
    texts: tuple[str, ...] | None


def need_of(path: Path, tests: Sequence[Test]) -> Need:
    """The tests, which are on this path, as one."""
    choices = [each for each in tests if isinstance(each, OneOf)]
    ordered = tuple(each for each in tests if isinstance(each, Ordered))
    wanted = [each.constants for each in choices if not each.negated]
    refused = frozenset[Constant]().union(*(each.constants for each in choices if each.negated))
    kinds = frozenset(constant.kind for each in choices for constant in each.constants)
    if not wanted:
        return Need(path, None, tuple(refused), kinds, ordered, None)
    takes = tuple(frozenset.intersection(*wanted) - refused)
    few = kinds == {"text"} and not ordered and len(takes) <= _FEW
    texts = tuple(each.value for each in takes) if few else None
    return Need(path, takes, (), kinds, ordered, texts)


def as_test(expr: ex.Expr, event: str) -> Test | None:
    """The term as a test of the event of that name; None when it is not of this form."""
    match expr:
        case ex.Binary(sign, left, right):
            return _binary(sign, left, right, event)
        case ex.IsSet(of, negated):
            path = path_from(of, event)
            return OneOf(path, _MISSING, not negated) if path else None
        case ex.Not(of):
            inner = as_test(of, event)
            return _opposite(inner) if inner else None
        case ex.Or(items):
            return _union([as_test(item, event) for item in items])
        case _:
            path = path_from(expr, event)
            return OneOf(path, _TRUE, plain=False) if path else None


def _binary(sign: str, left: ex.Expr, right: ex.Expr, event: str) -> Test | None:
    if (path := path_from(left, event)) is None:
        if sign not in _MIRRORED or (path := path_from(right, event)) is None:
            return None
        sign, right = _MIRRORED[sign], left
    if sign in ("in", "not in"):
        among = _constants(right)
        return None if among is None else OneOf(path, among, sign == "not in")
    constant = _constant(right)
    if constant is None:
        return None
    if sign in ("==", "!="):
        return OneOf(path, frozenset({constant}), sign == "!=")
    return Ordered(path, sign, constant) if sign in _OPPOSITE and constant.kind in ORDERED else None


def _constants(expr: ex.Expr) -> frozenset[Constant] | None:
    if not isinstance(expr, ex.MakeList) or len(expr.items) > MOST_CONSTANTS:
        return None
    found = [_constant(item) for item in expr.items]
    known = frozenset(each for each in found if each is not None)
    return None if None in found else known


def _constant(expr: ex.Expr) -> Constant | None:
    match expr:
        case ex.Lit(value, "text" | "int" | "bool"):
            return constant_of(value)
        case ex.Lit():
            return constant_of(constant(expr)(_EMPTY))
        case ex.Negate(ex.Lit() as of):
            try:
                return constant_of(negate(constant(of)(_EMPTY)))
            except EvaluationError:
                return None
        case _:
            return None


def constant_of(value: Value) -> Constant | None:
    """The value as a constant; None when no index compares with such."""
    kind = KINDS.get(type(value))
    if kind is None or (kind == "text" and len(value) > LONGEST_TEXT):
        return None
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    return Constant(kind, order_key(value))


def _opposite(test: Test) -> Test | None:
    match test:
        case OneOf(plain=False):
            return msgspec.structs.replace(test, constants=_FALSE) if test.constants == _TRUE else None
        case OneOf(negated=negated):
            return msgspec.structs.replace(test, negated=not negated)
        case Ordered(sign=sign):
            return msgspec.structs.replace(test, sign=_OPPOSITE[sign])


def _union(tests: list[Test | None]) -> Test | None:
    """`x == 1 or x in [2, 3]` is `x in [1, 2, 3]`."""
    first = tests[0]
    if not isinstance(first, OneOf):
        return None
    found: frozenset[Constant] = frozenset()
    for test in tests:
        if not isinstance(test, OneOf) or test.negated or not test.plain or test.path != first.path:
            return None
        found |= test.constants
    return OneOf(first.path, found)


_MISSING = frozenset({Constant("missing", None)})
_TRUE = frozenset({Constant("bool", value=True)})
_FALSE = frozenset({Constant("bool", value=False)})
