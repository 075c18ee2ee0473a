"""A model that agents ask: it wants calls made, now and then ones that cannot be, and never says the same twice.

Owns what it was asked, and what it charged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

_TOOLS = ("tag", "ship", "remark")


class Asked(msgspec.Struct, frozen=True):
    """One question that arrived."""

    at: float
    effect_id: str
    cost: Decimal


class Model:
    """`asked` are the questions in the order in which they came."""

    def __init__(self, dice: Random, now: Callable[[], float]) -> None:
        self._dice = dice
        self._now = now
        self.asked: list[Asked] = []

    def answer(self, question: dict[str, Any], effect_id: str) -> bytes:
        """A `Reply` as JSON."""
        number, cost = len(self.asked) + 1, Decimal(self._dice.randint(1, 20)) / 10_000
        self.asked.append(Asked(self._now(), effect_id, cost))
        said = next(each["text"] for each in reversed(question["messages"]) if each["role"] == "user")
        reply: dict[str, Any] = {"text": "", "cost": float(cost)}
        if self._dice.random() < 0.35:
            reply["text"] = self._dice.choice(["said", "said", "said", "said", ""])
        else:
            order = int(said.split(" ")[1]) if said.startswith("Order ") else 1
            reply["calls"] = [self._call(order, f"{number}-{each}") for each in range(self._dice.choice([1, 1, 2]))]
        return json.dumps(reply).encode()

    def _call(self, order: int, number: str) -> dict[str, str]:
        tool = self._dice.choice(_TOOLS)
        given = json.dumps({"order": order, "label": f"g:{tool}{number}"}, separators=(",", ":"))
        strange = self._dice.random()
        if strange < 0.05:
            given = given[:-3]
        elif strange < 0.1:
            tool = "give_away"
        return {"id": self._dice.choice(["c1", "c2"]), "name": f"shop_{tool}", "arguments": given}
