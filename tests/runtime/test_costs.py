"""What a step cost is read from what it gave, as its action declares it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from treadle.dsl.catalogue import Cost
from treadle.runtime.costs import Spent, cost_of, totals
from treadle.runtime.ids import new_id
from treadle.runtime.ports import StepState, StoredStep

COSTS = {
    "sms.send": Cost(field="bill.amount", currency="eur"),
    "post.letter": Cost(amount=Decimal("1.10")),
}


def step(what: str, output: bytes | None, state: StepState = "done") -> StoredStep:
    return StoredStep(id=new_id(), run_id=new_id(), seq=1, node="a", what=what, state=state, output=output)


@pytest.mark.parametrize(
    ("what", "output", "cost"),
    [
        ("ask judge", b'{"cost": 0.25}', Spent(Decimal("0.25"), "usd")),
        ("sms.send", b'{"bill": {"amount": 0.070000000000000001}}', Spent(Decimal("0.070000000000000001"), "eur")),
        ("post.letter", b"null", Spent(Decimal("1.10"), "usd")),
        ("log", b'{"cost": 1}', None),
        ("ask judge", b"{}", None),
        ("ask judge", b'"x"', None),
        ("ask judge", b'{"cost": "much"}', None),
        ("ask judge", b'{"cost": true}', None),
        ("ask judge", b'{"cost": -1}', None),
        ("sms.send", b'{"bill": 1}', None),
        ("sms.send", None, None),
    ],
)
def test_a_step_costs_what_it_says(what: str, output: bytes | None, cost: Spent | None) -> None:
    assert cost_of(step(what, output), COSTS) == cost
    assert cost_of(step(what, output, "failed"), COSTS) is None


def test_currencies_are_never_added_to_one_another() -> None:
    spent = [Spent(Decimal(1), "usd"), None, Spent(Decimal(2), "eur"), Spent(Decimal("0.5"), "usd")]
    assert totals(spent) == [Spent(Decimal(2), "eur"), Spent(Decimal("1.5"), "usd")]


@pytest.mark.parametrize(
    "given",
    [{}, {"amount": Decimal(1), "field": "cost"}, {"amount": Decimal(-1)}, {"amount": Decimal("NaN")},
     {"field": "cost", "currency": "USD"}, {"field": "cost", "currency": "dollars"}],
)  # fmt: skip
def test_what_is_no_cost_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cost|amount|currency"):
        Cost(**given)
