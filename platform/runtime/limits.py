"""`limit`: a bound on calls over all rules. Owns which calls count against which limit, and under which key.

Taking a place is one operation of the store. The word behind the second `per` counts apart by the argument of that
name, or of that name with `_id`; calls without such an argument are counted together. `spend` counts turns of agents
(`spending`) and calls that cost US dollars: what one costs is taken before it is sent, or a cent where only its answer
tells, which then counts in place of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from treadle.dsl.graph import Call, Limit
from treadle.dsl.values import Value
from treadle.runtime.call import Prepared
from treadle.runtime.costs import UNPRICED
from treadle.runtime.deciders import key_text
from treadle.runtime.ports import Fault, Store
from treadle.runtime.running import Running

CURRENCY = "usd"
TOGETHER = "null"
"""The key of what is counted together."""


class Limited(msgspec.Struct, frozen=True):
    """There is no place now. `seconds` until there may be one; with `skip` the step is left out."""

    seconds: float
    skip: bool
    why: Fault


class Limits:
    """Asks for the places that a call needs. `live` gives the limits of the live rules."""

    def __init__(self, store: Store, live: Callable[[], tuple[Limit, ...]]) -> None:
        self._store = store
        self._live = live

    @property
    def any(self) -> bool:
        """Whether there is any limit."""
        return bool(self._live())

    async def take(
        self, run: Running, node: Call, call: Prepared, args: Mapping[str, Value], thread: int
    ) -> Limited | Fault | None:
        """None when the call may go; each place is taken once, however often the run asks for the same step. What one
        limit holds up has no place in the others meanwhile: it would count from before it is sent. A fault for one
        that costs more than may ever be spent.
        """
        taken: list[tuple[str, str, UUID]] = []
        for limit in self._live():
            if (most := _most(limit, node, call)) is None:
                continue
            key, amount, token = key_of(limit, args), Decimal(limit.amount), _token(run, limit, node, thread)
            wait = await self._store.take_limit(limit.name, key, amount, most, limit.window, token)
            if wait > 0:
                for each in taken:
                    await self._store.settle_limit(*each, Decimal(0))
                why = f'the limit "{limit.name}" is reached'
                if most > amount:
                    return Fault("budget", f"{why} by one call of {node.plugin}.{node.action} alone")
                return Limited(wait, limit.otherwise == "skip", Fault("limit_reached", why))
            taken.append((limit.name, key, token))
        return None

    async def settle(self, run: Running, node: Call, thread: int, cost: Decimal) -> None:
        """The call came to this, in US dollars."""
        for limit in self._live():
            if limit.what == "spend" and _through(limit, node):
                await self._store.settle_limit(limit.name, TOGETHER, _token(run, limit, node, thread), cost)


def _most(limit: Limit, node: Call, call: Prepared) -> Decimal | None:
    """How much of the limit the call takes before it is sent; None when it does not count."""
    if limit.what != "spend":
        return Decimal(1) if counts(limit, node, messages=call.messages) else None
    if call.charged is None or call.charged[1].currency != CURRENCY or not _through(limit, node):
        return None
    return UNPRICED if call.charged[1].amount is None else call.charged[1].amount


def _token(run: Running, limit: Limit, node: Call, thread: int) -> UUID:
    return uuid5(run.claimed.run_id, f"{limit.name}/{thread}/{node.id}")


def counts(limit: Limit, node: Call, *, messages: bool) -> bool:
    """Whether a call counts against the limit."""
    if limit.what == "spend" or (limit.what == "messages" and not messages):
        return False
    return _through(limit, node)


def _through(limit: Limit, node: Call) -> bool:
    if limit.plugin is not None and limit.plugin != node.plugin:
        return False
    return limit.connection is None or limit.connection == node.connection


def key_of(limit: Limit, args: Mapping[str, Value]) -> str:
    """What a call with these arguments is counted under."""
    if limit.per is None or limit.what == "spend":
        return TOGETHER
    return key_text(args.get(limit.per, args.get(f"{limit.per}_id")))
