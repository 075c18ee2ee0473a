"""What workers ask of the runtime's storage: claiming, renewing, committing, and that they live.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from treadle.runtime.platformrecords import Load, WorkerRow
from treadle.runtime.workrecords import Claimed, Signal, Transition

LONGEST_LEASE = 600.0
"""Seconds; a longer lease is cut to this. What a worker holds is thus found among the rows that are due by then."""

SUSPECT = 2
"""Leases of one run that ended without a word, from which on it is a suspect: see `WorkStore.claim`."""

RENEWAL_ROOM = 5.0
"""Seconds; see `WorkStore.renew`."""


class WorkStore(Protocol):
    """See `ports.Store`."""

    async def claim(self, worker: UUID, limit: int, lease: float, *, suspects: bool | None = None) -> list[Claimed]:
        """Take up to `limit` due runs for `lease` seconds, the longest due first, those of one moment by their
        ids. Never blocks on other workers.

        A suspect is a run whose leases ended without a word `SUSPECT` times in a row, this claim counted, so that the
        next time it would be put aside; an outcome that is written begins the count anew. `suspects`: only those, or
        only the others; None for both.
        """
        ...

    async def renew(self, worker: UUID, lease: float) -> int:
        """Prolong every lease of this worker that is not over yet to `lease` seconds from now; how many.

        Claim and renew with the same `lease`: one with more than `RENEWAL_ROOM` seconds beyond it is not looked at.
        """
        ...

    async def commit(self, transitions: Sequence[Transition], told: set[UUID] | None = None) -> set[UUID]:
        """Write them all in one commit, at most one a run; the ids of the runs that were fenced off, for which nothing
        was written. Runs that go on (`Go`) while they have signals that they did not read are added to `told`.

        They are one moment, in whatever order they are given: what one of them emits or cancels comes to the others as
        they are behind it, an end leaves its turns before anybody is told, and a run that ends is told nothing.
        """
        ...

    async def release(self, worker: UUID) -> int:
        """Give back every lease of this worker at once, without counting a crash; how many."""
        ...

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """The unread signals of these runs, the oldest first; runs that have none are left out."""
        ...

    async def load(self) -> Load:
        """What is due, claimed and late."""
        ...

    async def heartbeat(self, worker: UUID, name: str, *, claimed: int, progressed: bool) -> None:
        """This worker lives; with `progressed`, its work moves."""
        ...

    async def workers(self) -> list[WorkerRow]:
        """Workers seen in the last ten minutes."""
        ...
