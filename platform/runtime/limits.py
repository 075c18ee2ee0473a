"""`limit`: a bound on calls over all rules. Owns which calls count against which limit, and under which key.

Taking a place is one operation of the store. The word behind the second `per` counts apart by the argument of that
name, or of that name with `_id`; calls without such an argument are counted together. `spend` is counted where models
are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from uuid import UUID, uuid5

import msgspec

from treadle.dsl.graph import Call, Limit
from treadle.dsl.values import Value
from treadle.runtime.call import Prepared
from treadle.runtime.deciders import key_text
from treadle.runtime.ports import Fault, Store
from treadle.runtime.running import Running


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
    ) -> Limited | None:
        """None when the call may go; each place is taken once, however often the run asks for the same step. What one
        limit holds up has no place in the others meanwhile: it would count from before it is sent.
        """
        taken: list[tuple[str, str, UUID]] = []
        for limit in self._live():
            if not counts(limit, node, messages=call.messages):
                continue
            token = uuid5(run.claimed.run_id, f"{limit.name}/{thread}/{node.id}")
            key, amount = key_of(limit, args), Decimal(limit.amount)
            wait = await self._store.take_limit(limit.name, key, amount, Decimal(1), limit.window, token)
            if wait > 0:
                for each in taken:
                    await self._store.settle_limit(*each, Decimal(0))
                why = Fault("limit_reached", f'the limit "{limit.name}" is reached')
                return Limited(wait, limit.otherwise == "skip", why)
            taken.append((limit.name, key, token))
        return None


def counts(limit: Limit, node: Call, *, messages: bool) -> bool:
    """Whether a call counts against the limit."""
    if limit.what == "spend" or (limit.what == "messages" and not messages):
        return False
    if limit.plugin is not None and limit.plugin != node.plugin:
        return False
    return limit.connection is None or limit.connection == node.connection


def key_of(limit: Limit, args: Mapping[str, Value]) -> str:
    """What a call with these arguments is counted under."""
    if limit.per is None:
        return "null"
    return key_text(args.get(limit.per, args.get(f"{limit.per}_id")))
