"""The records of the platform itself: who works, how much there is to do, and what takes long.

Owns shapes only. Code outside of the stores imports them from `ports`, which says what is done with them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class WorkerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's heartbeat. `progress_at` moves only when work moves or there is none."""

    id: UUID
    name: str
    started_at: datetime
    seen_at: datetime
    progress_at: datetime
    claimed: int


class SlowWork(msgspec.Struct, frozen=True):
    """A call that has been under way for so many seconds; without a step, a run that has been due for as long."""

    run_id: UUID
    step_id: UUID | None
    node: str | None
    seconds: float


class Load(msgspec.Struct, frozen=True):
    """How much there is to do: rows due now, rows held by workers, seconds since the oldest became due, and how many of
    those that are due are suspects (see `Store.claim`).
    """

    due: int
    claimed: int
    oldest_due: float
    suspects: int = 0
