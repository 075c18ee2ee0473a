"""Under which id a worker claims. Owns the one awkward case: a claim whose answer was lost.

Such runs are ours in the store and unknown here; prolonging this worker's leases would hold them for ever. So the id is
retired: new claims are made under a fresh one, the old one's leases are prolonged only while runs that we know of are
in flight under it, and then it is given back whole. The same is done when renewals find more runs than are in flight.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from treadle.runtime.ids import new_id
from treadle.runtime.lease import Renew
from treadle.runtime.ports import Claimed, Store

_SURELY = 4
"""Renewals in a row that find a run which nobody drives; one or two are a claim or a return under way."""


class Renewer(Protocol):
    """Prolongs leases from a thread that is not the loop's."""

    def renew(self, worker: UUID, lease: float) -> int:
        """Prolong every lease of this id that is not over; how many."""
        ...


class Claimant:
    """`claim` as the store has it, `took` and `left` say which runs are in flight."""

    def __init__(self, store: Store, renewer: Renewer) -> None:
        self._store = store
        self._renewer = renewer
        self._id = new_id()
        self._under: dict[UUID, UUID] = {}
        self._retired: tuple[UUID, ...] = ()
        self._strangers = 0  # renewals in a row that prolonged more leases than runs are in flight

    async def claim(self, limit: int, lease: float, *, suspects: bool | None = None) -> list[Claimed]:
        """Due runs. Raises what the store raises."""
        if self._strangers >= _SURELY:
            self.retire()
        try:
            claimed = await self._store.claim(self._id, limit, lease, suspects=suspects)
        except BaseException:
            self.retire()
            raise
        for each in claimed:
            self._under[each.run_id] = self._id
        return claimed

    def retire(self) -> None:
        """Claim under a fresh id from now on; the old one is given back once nothing is in flight under it."""
        self._retired = (*self._retired, self._id)
        self._id = new_id()
        self._strangers = 0

    def left(self, run_id: UUID) -> None:
        """This run is no longer in flight."""
        self._under.pop(run_id, None)

    def renewal(self, lease: float) -> Renew:
        """Prolongs what is in flight; for the keeper's thread."""

        def renew() -> int:
            held = sum(self._renewer.renew(each, lease) for each in (self._id, *self._retired))
            self._strangers = self._strangers + 1 if held > len(self._under) else 0
            return held

        return renew

    async def release_retired(self) -> None:
        """Give back the ids that nothing is in flight under any more. Raises `StoreDown`."""
        busy = set(self._under.values())
        for each in self._retired:
            if each not in busy:
                await self._store.release(each)
                self._retired = tuple(kept for kept in self._retired if kept != each)

    async def release_all(self) -> None:
        """Give everything back. Raises `StoreDown`."""
        for each in (self._id, *self._retired):
            await self._store.release(each)
