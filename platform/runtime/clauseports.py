"""What the clauses of rules ask of the runtime's storage: keys, counts, groups, turns and limits that all runs share.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID


class ClauseStore(Protocol):
    """See `ports.Store`."""

    async def once(self, rule: str, key: str, within: float, run_id: UUID) -> bool:
        """True when this run holds the key: first to come, or the same run again. For `within` seconds from when it
        came first; who comes behind that is the first to come.
        """
        ...

    async def throttle(self, rule: str, key: str, count: int, window: float, run_id: UUID) -> bool:
        """True when this run is among the first `count` that were let through for the rule's key within any `window`
        seconds up to now; then it is counted. One that was let through stays so for the window.
        """
        ...

    async def join_quiet(self, rule: str, key: str, run_id: UUID) -> bool:
        """Take the run into the group of this key. True when its event is the newest of the group (by the event's id;
        a run without an event by its own): then it is the one that fires, and the one before it no more. The same run
        again changes nothing. A run that is over comes into no group. When the one that fires ends before it has taken
        the group, the group is over.
        """
        ...

    async def take_quiet(self, rule: str, key: str, run_id: UUID) -> list[UUID] | None:
        """Close the group, when this run is the one that fires: the ids of the events of all its runs, oldest first.
        None when it is not. The same run again has the same answer, for as long as it lives.
        """
        ...

    async def take_turn(
        self, rule: str, key: str, run_id: UUID, otherwise: Literal["skip", "queue", "replace"]
    ) -> UUID | None:
        """None when it is this run's turn: it has the key until it ends. Else the run that has it, or is to have it
        before.

        With `skip` nothing is kept then. With `queue` and `replace` the run waits in line, in the order of the ids;
        when its turn comes, it gets a `turn` signal and asks again. Ahead of it is also a run that stands in line since
        its start (`NewRun.turn`). With `replace` the older runs in line get an `end` signal, code `replaced`, and the
        run gets one itself when a newer one has asked before. The same run again changes nothing. A run that is over
        comes into no line.
        """
        ...

    async def take_limit(
        self, name: str, key: str, limit: Decimal, amount: Decimal, window: float, token: UUID
    ) -> float:
        """Use `amount` of the limit, of which any `window` seconds hold `limit` at most. 0.0 when it was taken, else
        the seconds until it could be, and nothing was. The same token again is taken once. An amount above the limit
        never fits: the answer is `window`.
        """
        ...

    async def settle_limit(self, name: str, key: str, token: UUID, amount: Decimal) -> None:
        """What was taken of the limit under this token is this much, also when that is more than there was; 0 gives it
        back, and the token can be taken again. What the window does not hold any more stays as it is.
        """
        ...
