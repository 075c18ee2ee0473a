"""Laws of values: exact numbers, equality and its stand-ins, text forms, order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from treadle.dsl.evaluator import Scope, evaluate
from treadle.dsl.lower.constants import literal
from treadle.dsl.operations import arithmetic, comparison
from treadle.dsl.operations.text_form import text_form
from treadle.dsl.typesystem import JSON
from treadle.dsl.values import decode, encode, revive

_ints = st.integers(-(10**12), 10**12)
_decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6)
_numbers = _ints | _decimals
_moments = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
_spans = st.timedeltas(timedelta(days=-1000), timedelta(days=1000))
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | _numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
SCOPE = Scope({})


@given(_numbers, _numbers, _numbers)
def test_sums_are_exact(a: Any, b: Any, c: Any) -> None:
    total = arithmetic.add(SCOPE, arithmetic.add(SCOPE, a, b), c)
    assert Fraction(total) == Fraction(a) + Fraction(b) + Fraction(c)
    assert arithmetic.subtract(SCOPE, total, c) == arithmetic.add(SCOPE, b, a)


@given(_numbers, _numbers.filter(bool))
def test_division_and_remainder_belong_together(a: Any, b: Any) -> None:
    assert abs(Fraction(arithmetic.divide(SCOPE, a, b)) * Fraction(b) - Fraction(a)) < Fraction(1, 10**20)
    rest = Fraction(arithmetic.modulo(SCOPE, a, b))
    assert (Fraction(a) - rest) % Fraction(b) == 0
    assert 0 <= rest / Fraction(b) < 1


@given(_moments, _spans)
def test_moving_there_and_back(moment: datetime, span: timedelta) -> None:
    moved = arithmetic.add(SCOPE, moment, span)
    assert arithmetic.subtract(SCOPE, moved, moment) == span
    assert arithmetic.subtract(SCOPE, moved, span) == moment


@given(_json, _json)
def test_equal_values_and_only_they_have_equal_stand_ins(a: Any, b: Any) -> None:
    same = comparison.equal(SCOPE, a, b)
    assert (comparison.identity(SCOPE, a) == comparison.identity(SCOPE, b)) is same
    assert comparison.equal(SCOPE, a, a)
    assert comparison.equal(SCOPE, b, a) is same


@given(_numbers, _numbers)
def test_equal_numbers_and_only_they_have_the_same_text(a: Any, b: Any) -> None:
    assert (text_form(a) == text_form(b)) is (a == b)
    assert Decimal(text_form(a)) == a
    assert "E" not in text_form(a)


@given(_json)
def test_a_constant_is_its_literal(value: Any) -> None:
    assert comparison.equal(SCOPE, evaluate(literal(value), SCOPE), value)


@given(_json)
def test_values_survive_json(value: Any) -> None:
    assert comparison.equal(SCOPE, revive(decode(encode(value)), JSON, {}), value)
