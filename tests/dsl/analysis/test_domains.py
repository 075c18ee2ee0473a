"""Domains obey the laws of sets, and a value belongs exactly where the language says that it does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadle.dsl.analysis.domains import NOTHING, Domain, aligned, among, ordered, universe, value_of
from treadle.dsl.analysis.wording import describe
from treadle.dsl.typesystem import DATE, DATETIME, DURATION, INT, JSON, NUMBER, TEXT, ListOf, Optional, Type

DAY = date(2026, 1, 1)
SOME: list[tuple[Type, list[Any]]] = [
    (INT, list(range(6))),
    (NUMBER, [Decimal(each) / 2 for each in range(10)]),
    (Optional(TEXT), ["", "a", "b", "ö", None]),
    (DATE, [DAY + timedelta(days=each) for each in range(5)]),
    (DATETIME, [datetime(2026, 1, 1, each, tzinfo=UTC) for each in range(5)]),
    (DURATION, [timedelta(hours=each) for each in range(5)]),
]
COMPARE = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


@st.composite
def domains(draw: st.DrawFn, whole: Domain, values: list[Any]) -> Domain:
    if draw(st.booleans()):
        found = among(draw(st.lists(st.sampled_from(values), max_size=3)), whole)
    else:
        present = [each for each in values if each is not None]
        found = ordered(draw(st.sampled_from(sorted(COMPARE))), draw(st.sampled_from(present)), whole)  # type: ignore[arg-type]
    assert found is not None
    return found


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_the_laws_of_sets_hold(data: st.DataObject) -> None:
    kind, values = data.draw(st.sampled_from(SOME))
    whole = universe(kind)
    a, b = data.draw(domains(whole, values)), data.draw(domains(whole, values))
    assert (whole - (a | b)) == (whole - a) & (whole - b)
    assert whole - (whole - a) == a
    assert (a - b) | (a & b) == a
    assert a.within(b) == ((a & b) == a)
    for value in values:
        assert (a | b).holds(value) == (a.holds(value) or b.holds(value))
        assert (a & b).holds(value) == (a.holds(value) and b.holds(value))
        assert (whole - a).holds(value) != a.holds(value)
    if (listed := a.values()) is not None:
        assert all(a.holds(each) for each in listed)
        assert among(listed, whole) == a


@pytest.mark.parametrize(("type", "values"), SOME, ids=lambda each: None)
@pytest.mark.parametrize("sign", sorted(COMPARE))
def test_order_is_that_of_the_values(sign: Any, type: Type, values: list[Any]) -> None:
    for bound in (each for each in values if each is not None):
        found = ordered(sign, bound, universe(type))
        assert found is not None
        assert [found.holds(each) for each in values] == [
            each is not None and COMPARE[sign](each, bound) for each in values
        ]


def between(low: Any, high: Any, type: Type) -> Domain:
    above, below = ordered(">", low, universe(type)), ordered("<", high, universe(type))
    assert above is not None
    assert below is not None
    return above & below


def test_only_counted_values_have_neighbours() -> None:
    assert between(1, 2, INT).empty
    assert between(DAY, DAY + timedelta(days=1), DATE).empty
    assert not between(1, 2, NUMBER).empty
    assert among([Decimal("1.5")], universe(INT)) == NOTHING


def test_numbers_of_two_types_are_compared() -> None:
    assert aligned(between(Decimal("0.5"), 4, NUMBER), universe(INT)).values() == (1, 2, 3)
    five = value_of(5)
    assert five is not None
    assert aligned(five, universe(INT)) == among([5], universe(INT))
    assert aligned(between(1, 4, INT), universe(NUMBER)) == among([2, 3], universe(NUMBER))
    assert aligned(between(1, 400, INT), universe(NUMBER)).holds(Decimal("399.5"))  # too much, never too little
    assert aligned(five, universe(TEXT)) == five
    assert value_of([1]) is None


def test_what_has_no_place_is_not_guessed() -> None:
    assert among([[1]], universe(ListOf(INT))) is None
    assert among([DAY], universe(JSON)) is None
    assert ordered("<", DAY, universe(JSON)) is None
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    assert ordered("<", first, universe(DATETIME)) is None
    assert value_of(first) is None
    days = ordered("<=", date.max, universe(DATE))
    assert days == universe(DATE)


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (universe(INT), ""),
        (NOTHING, "x has no value"),
        (between(1, 5, INT), "2 <= x < 5"),
        (between(1, 3, INT), "x is 2"),
        (universe(INT) - between(1, 3, INT), "x is anything but 2"),
        (between(1, 5, NUMBER) | between(7, 9, NUMBER), "1 < x < 5 or 7 < x < 9"),
    ],
)
def test_domains_have_words(domain: Domain, words: str) -> None:
    whole = universe(NUMBER) if domain.parts and domain.parts[0][0] == "number" else universe(INT)
    assert describe("x", domain, whole) == words
