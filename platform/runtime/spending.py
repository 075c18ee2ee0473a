"""What agents may spend: their own budgets, and the limits on `spend` of all rules. Owns which bounds a turn counts on.

Before a turn the most that it may cost is taken from each bound, all or none; the answer tells what it cost, and the
rest is given back. A turn that nobody heard of again keeps what was taken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from treadle.dsl.graph import Agent, Limit
from treadle.runtime.limits import Limited
from treadle.runtime.machine.decisions import DoTurn
from treadle.runtime.ports import Fault, Store
from treadle.runtime.running import Running

YEAR = 365 * 86400.0
PERIODS = {"run": YEAR, "day": 86400.0, "week": 7 * 86400.0, "month": 30 * 86400.0, None: YEAR}
"""Seconds over which a period is counted; a run and a key are counted for a year."""


class _Bound(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    key: str
    amount: Decimal
    window: float
    token: UUID
    says: str
    waits: bool | None = None


class Spending:
    """Takes and settles. `live` gives the limits of the live rules."""

    def __init__(self, store: Store, live: Callable[[], tuple[Limit, ...]]) -> None:
        self._store = store
        self._live = live

    def bounded(self, run: Running, act: DoTurn) -> bool:
        """Whether the turn counts on anything."""
        return next(self._bounds(run, act), None) is not None

    async def take(self, run: Running, act: DoTurn, most: Decimal) -> Fault | Limited | None:
        """None when the turn may go; a fault when it may not, now or ever."""
        taken: list[_Bound] = []
        for bound in self._bounds(run, act):
            wait = await self._store.take_limit(bound.name, bound.key, bound.amount, most, bound.window, bound.token)
            if wait <= 0:
                taken.append(bound)
                continue
            for each in taken:
                await self._store.settle_limit(each.name, each.key, each.token, Decimal(0))
            why = f"{bound.says}; the next turn of the agent {act.node.agent} may cost {_shown(most)} usd"
            if bound.waits is None or most > bound.amount:
                return Fault("budget", why)
            return Limited(wait, not bound.waits, Fault("limit_reached", why))
        return None

    async def settle(self, run: Running, act: DoTurn, cost: Decimal) -> None:
        """The turn cost this."""
        for bound in self._bounds(run, act):
            await self._store.settle_limit(bound.name, bound.key, bound.token, cost)

    def _bounds(self, run: Running, act: DoTurn) -> Iterator[_Bound]:
        agent = run.program.graph.agents[act.node.agent]
        turn = f"{act.thread}/{act.node.id}/{act.talk.id}/{act.talk.turns}"
        yield from _budgets(agent, run.claimed.run_id, act, turn)
        for limit in self._live():
            if limit.what == "spend" and _counts(limit, agent):
                yield _Bound(
                    name=limit.name,
                    key="null",
                    amount=Decimal(limit.amount),
                    window=limit.window,
                    token=uuid5(run.claimed.run_id, f"{limit.name}/{turn}"),
                    says=f'the limit "{limit.name}" of {_shown(Decimal(limit.amount))} usd is reached',
                    waits=limit.otherwise == "wait",
                )


def _budgets(agent: Agent, run_id: UUID, act: DoTurn, turn: str) -> Iterator[_Bound]:
    keys = act.talk.budget or (None,) * len(agent.budget)
    for part, key in zip(agent.budget, keys, strict=True):
        if part.period is None and key is None:
            continue  # a missing key does not group
        name = f"agent {agent.name} per {part.period or 'key'}"
        yield _Bound(
            name=name,
            key=str(run_id) if part.period == "run" else key or "null",
            amount=Decimal(part.amount),
            window=PERIODS[part.period],
            token=uuid5(run_id, f"{name}/{turn}"),
            says=f"the budget of {_shown(Decimal(part.amount))} usd per {part.period or key} is spent",
        )


def _counts(limit: Limit, agent: Agent) -> bool:
    if limit.plugin is not None and limit.plugin != agent.plugin:
        return False
    return limit.connection is None or limit.connection == agent.connection


def _shown(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
