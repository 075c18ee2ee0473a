"""What the runtime asks of its storage about what happened: lists of events and runs, and forgetting them in time.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from treadle.runtime.records import EventFilter, RunFilter, RunRow, StoredEvent, StoredStep
from treadle.runtime.workrecords import ApprovalRow


class HistoryStore(Protocol):
    """See `ports.Store`."""

    async def event(self, id: UUID) -> StoredEvent | None:
        """One event."""
        ...

    async def events(self, filter: EventFilter) -> list[StoredEvent]:
        """A page of events."""
        ...

    async def fates(self, event_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
        """The runs of these events that got past their conditions, by event, the oldest first; none where all that
        there are are matching still. Events without either are left out.
        """
        ...

    async def run(self, id: UUID) -> RunRow | None:
        """One run."""
        ...

    async def runs(self, filter: RunFilter) -> list[RunRow]:
        """A page of runs."""
        ...

    async def versions(self, run_id: UUID) -> list[tuple[datetime, str]]:
        """The graphs that a run was on, each with the instant from which on it was, oldest first."""
        ...

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """A run's steps in order."""
        ...

    async def approval(self, id: UUID) -> ApprovalRow | None:
        """One question to people."""
        ...

    # --- upkeep -----------------------------------------------------------------------------------------------------

    async def turn_days(self, days: int) -> None:
        """Make room for the next days ahead of them, and give up deliveries of days that ended so many days ago."""
        ...

    async def forget_runs(self, days: int, behind: UUID | None = None) -> UUID | None:
        """Forget some hundred runs that began and ended more than so many days ago (at least one), with their steps, in
        one short commit. The answer goes into `behind` for those after them; None at the end, or while somebody else is
        at it. Runs that live are never touched.
        """
        ...

    async def forget_events(self, days: int, behind: UUID | None = None) -> UUID | None:
        """The same for events of which no run is left and for which none waits; with their keys, so one that comes once
        more is no duplicate then.
        """
        ...

    async def sweep(self, days: int) -> bool:
        """Remove some hundred rows that ran out: keys of `once per`, values of plugins, decided questions, workers of
        days ago. Whether there may be more.
        """
        ...
