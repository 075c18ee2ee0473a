"""What decides whether a rule fires, and the answer to why it did not."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.dsl import expressions as ex
from treadle.dsl.evaluator import EvaluationError, Scope
from treadle.dsl.evaluator.matching import compile_where, first_failure, where_holds
from treadle.dsl.graph import Condition, Graph
from treadle.dsl.spans import NOWHERE

LEAD = ex.Var("lead")
PRICE = Condition(ex.Binary(">=", ex.Get(LEAD, "price"), ex.Lit(1000, "int")), "lead.price >= 1000", NOWHERE)
SOURCE = Condition(
    ex.Binary("==", ex.Get(LEAD, "source"), ex.Lit("Site", "text")), 'lead.source == "Site"', NOWHERE, loads=True
)
SIZE = Condition(
    ex.Binary(">", ex.Apply("length", (ex.Get(LEAD, "note"),)), ex.Lit(3, "int")), "length(lead.note) > 3", NOWHERE
)


def graph(*where: Condition) -> Graph:
    return Graph(kind="rule", name="R", file="r.rule", span=NOWHERE, where=where, entry=None, nodes={})


def scope(**lead: Any) -> Scope:
    return Scope({"lead": lead})


def test_the_first_term_that_fails_is_shown_with_its_values() -> None:
    failed = first_failure(graph(SOURCE, PRICE), scope(price=900, source="Site"))
    assert failed is not None
    assert failed.condition is PRICE
    assert failed.sentence() == "lead.price >= 1000 does not hold: lead.price is 900"
    assert first_failure(graph(SOURCE, PRICE), scope(price=1000, source="Site")) is None


def test_a_term_without_an_answer_says_so() -> None:
    failed = first_failure(graph(PRICE), scope())
    assert failed is not None
    assert failed.sentence() == "lead.price >= 1000 cannot be decided: lead.price is missing and cannot be ordered"
    with pytest.raises(EvaluationError):
        where_holds(graph(PRICE))(scope())


def test_what_the_delivery_carries_decides_first() -> None:
    where = compile_where(graph(SOURCE, PRICE))
    assert where.loads
    assert where.early(scope(price=900)) is False
    assert where.early(scope(price=1000)) is None
    assert where.holds(scope(price=1000, source="Site")) is True
    assert compile_where(graph(PRICE)).early(scope(price=1000)) is True


def test_a_fault_behind_a_term_that_loads_waits_for_it() -> None:
    assert compile_where(graph(SOURCE, SIZE)).early(scope()) is None
    with pytest.raises(EvaluationError):
        compile_where(graph(SIZE, SOURCE)).early(scope())


def test_parameters_of_a_lambda_are_no_readings() -> None:
    some = ex.Apply("any", (ex.Get(LEAD, "tags"), ex.Lambda(("t",), ex.Binary("==", ex.Var("t"), ex.Get(LEAD, "vip")))))
    failed = first_failure(graph(Condition(some, "any(...)", NOWHERE)), scope(tags=["a"], vip="b"))
    assert failed is not None
    assert [each.path for each in failed.values] == ["lead.tags", "lead.vip"]
