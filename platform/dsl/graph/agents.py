"""Agents and limits, ready to run."""

from __future__ import annotations

from typing import Literal

import msgspec

from treadle.dsl.expressions import Expr
from treadle.dsl.spans import Span
from treadle.dsl.typesystem import Type


class Budget(msgspec.Struct, frozen=True):
    """One part of an agent's `budget`: US dollars as exact text, per period, or per key (then `Ask.budget` has it)."""

    amount: str
    period: Literal["run", "day", "week", "month"] | None


class Tool(msgspec.Struct, frozen=True):
    """An action that an agent may call; `approve` is the group that must agree each time."""

    plugin: str
    action: str
    connection: str | None = None
    approve: str | None = None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """An agent as declared, all names resolved."""

    name: str
    plugin: str
    connection: str | None
    models: tuple[str, ...]
    instructions: Expr
    tools: tuple[Tool, ...] = ()
    returns: Type | None = None
    budget: tuple[Budget, ...] = ()
    turns: int = 6
    remembers: int = 0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """`limit "name"`: at most `amount` (a count, or US dollars for `spend`) in `window` seconds, over all rules.

    `plugin` and `connection` say whose calls count (None: of all plugins). `per` is the word behind the second `per`:
    what is counted apart, found as the argument `per` or `per_id` of a call.
    """

    name: str
    file: str
    span: Span
    amount: str
    what: Literal["messages", "calls", "spend"]
    window: float
    otherwise: Literal["wait", "skip"]
    plugin: str | None = None
    connection: str | None = None
    per: str | None = None
