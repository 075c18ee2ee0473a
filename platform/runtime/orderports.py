"""What people's words ask of the runtime's storage: ends, answers to questions, runs begun again, calls resolved.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from treadle.runtime.orderrecords import NewResolution, Origin, Resolution
from treadle.runtime.records import Fault, NewRun, RunStatus
from treadle.runtime.workrecords import ApprovalRow, NewStep


class OrderStore(Protocol):
    """See `ports.Store`."""

    async def order_end(self, run_ids: Sequence[UUID], by: UUID, fault: Fault) -> dict[UUID, RunStatus]:
        """Give each of these runs that lives an `end` signal; the same order, by the id `by`, is given once. Where they
        stood then; unknown ones are left out.
        """
        ...

    async def statuses(self, run_ids: Sequence[UUID]) -> dict[UUID, RunStatus]:
        """Where these runs stand; unknown ones are left out."""
        ...

    async def approvals(self, *, open_only: bool = True, limit: int = 100) -> list[ApprovalRow]:
        """Questions to people, the newest first."""
        ...

    async def decide(self, approval_id: UUID, who: str, *, approved: bool) -> ApprovalRow | None:
        """Decide an open question, in one commit with the `decided` signal of its run. The question as it is now: with
        another decision when somebody was first, `closed` when it is too late. None when there is none of this id.
        """
        ...

    async def state(self, run_id: UUID) -> bytes | None:
        """The state of a run that lives, as it was last written; None when it is over or there is none."""
        ...

    async def begin(self, run: NewRun, origin: Origin, steps: Sequence[NewStep] = ()) -> None:
        """Start a run as `start` does, with where it comes from, and with steps that it has behind it."""
        ...

    async def origin(self, run_id: UUID) -> Origin | None:
        """Where a run comes from that was started by `begin`."""
        ...

    async def resolve(self, new: NewResolution) -> Resolution | None:
        """Say what became of a call, in one commit with the `resolved` signal of its run. The resolution that counts:
        an earlier one, when the run has yet to hear of that. None, and nothing written, when the run is over or nothing
        is unknown about the call since then.
        """
        ...

    async def note(self, run_id: UUID, step: NewStep) -> None:
        """Add a step to a run's history, whoever has the run, also when it is over. One that is there stays."""
        ...

    async def resolutions(self, run_id: UUID) -> list[Resolution]:
        """What people said about a run's calls, the oldest first."""
        ...
