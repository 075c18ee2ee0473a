"""What the runtime asks of its storage about starts in bulk.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from treadle.runtime.bulkrecords import BulkBatch, BulkRow, BulkStep, NewBulk, Refusal


class BulkStore(Protocol):
    """See `ports.Store`."""

    async def begin_bulk(self, new: NewBulk) -> BulkRow:
        """Keep a list; one of this id that there is stays as it is."""
        ...

    async def bulk(self, id: UUID) -> BulkRow | None:
        """How far a list is."""
        ...

    async def bulks(self, before: UUID | None, limit: int) -> list[BulkRow]:
        """Lists, the newest first."""
        ...

    async def refusals(self, id: UUID, behind: int, limit: int) -> list[Refusal]:
        """Rows of a list that were refused, in their order, those with higher numbers than `behind`."""
        ...

    async def cancel_bulk(self, id: UUID) -> BulkRow | None:
        """Start nothing more of a list; what was started goes on. As it is now; None when there is none."""
        ...

    async def pause_bulk(self, id: UUID) -> BulkRow | None:
        """Start nothing of a list until it is resumed. As it is now; None when there is none."""
        ...

    async def resume_bulk(self, id: UUID) -> BulkRow | None:
        """Go on with a list that was paused, at its pace from now on. As it is now; None when there is none."""
        ...

    async def due_bulk(self, lease: float) -> BulkBatch | None:
        """The next rows of the list that has been due for longest; nobody else is given it for `lease` seconds."""
        ...

    async def step_bulk(self, step: BulkStep) -> bool:
        """Start and refuse rows, in one commit. False, and nothing written, unless `first` is the next row of a list
        that goes on: so each row is dealt with once, whoever comes late.
        """
        ...

    async def forget_bulks(self, days: int) -> None:
        """Forget lists that ended so many days ago, some hundred at once."""
        ...
