"""What steps cost: turns of agents say it in their answers, actions declare it. Owns reading it and adding it up.

The statement `add_figures` reads the same out of the history, by the same declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from treadle.dsl import values
from treadle.dsl.catalogue import Cost
from treadle.runtime.ports import StoredStep

TURN = Cost(field="cost")
"""Of a turn of an agent, whatever model was asked: US dollars."""
UNPRICED = Decimal("0.01")
"""US dollars that a turn or a call counts as while nobody knows what it costs."""
_ASK = "ask"

Costs = Mapping[str, Cost]
"""Declared costs by the full names of actions (`openrouter.complete`)."""

NONE: Costs = MappingProxyType({})


class Spent(msgspec.Struct, frozen=True):
    """An amount of money; `currency` as ISO 4217 in small letters."""

    amount: Decimal
    currency: str


class _Price(msgspec.Struct, frozen=True):
    what: str
    path: tuple[str, ...]
    amount: Decimal | None
    currency: str


def cost_of(step: StoredStep, costs: Costs) -> Spent | None:
    """What a step that went through cost; None for what costs nothing, and for what did not say."""
    declared = TURN if step.what.startswith(f"{_ASK} ") else costs.get(step.what)
    if declared is None or step.state != "done":
        return None
    amount = told(declared, step.output)
    return None if amount is None else Spent(amount, declared.currency)


def told(declared: Cost, output: bytes | None) -> Decimal | None:
    """What a call that went through with this output cost, by its declaration; None when it does not say."""
    return declared.amount if declared.field is None else _found(output, declared.field)


def totals(spent: Iterable[Spent | None]) -> list[Spent]:
    """The sums by currency, in the order of their codes."""
    found: dict[str, Decimal] = {}
    for each in spent:
        if each is not None:
            found[each.currency] = found.get(each.currency, Decimal(0)) + each.amount
    return [Spent(amount, currency) for currency, amount in sorted(found.items())]


def prices(costs: Costs) -> bytes:
    """The declarations as a JSON array, for statements: `{what, path, amount, currency}`; turns of agents are `ask`."""
    declared = {_ASK: TURN} | dict(costs)
    rows = [
        _Price(what, tuple(each.field.split(".")) if each.field else (), each.amount, each.currency)
        for what, each in sorted(declared.items())
    ]
    return msgspec.json.encode(rows)


def _found(output: bytes | None, field: str) -> Decimal | None:
    try:
        value: Any = values.decode(output) if output else None
    except (ValueError, RecursionError):
        return None
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if number and 0 <= value < 10**9 else None
