"""The records of starts in bulk: a sequence that is started once for each row of a list, paced.

Owns shapes only. Units are those of `records`; rows of a list count from 0 here, and from 1 where people read them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from treadle.runtime.orderrecords import Origin
from treadle.runtime.records import NewRun

BATCH = 200
"""Rows that are stored, and started, together at most."""

BulkState = Literal["running", "paused", "done", "cancelled"]


class NewBulk(msgspec.Struct, frozen=True, kw_only=True):
    """A list to start from: each row is the JSON object of what the sequence is given. `who` asked for it."""

    id: UUID
    sequence: str
    per_minute: float
    who: str
    rows: tuple[bytes, ...]


class BulkRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a list is. `held` says why nothing starts just now."""

    id: UUID
    sequence: str
    state: BulkState
    per_minute: float
    who: str
    total: int
    started: int
    refused: int
    held: str | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def left(self) -> int:
        """Rows that have yet to start."""
        return self.total - self.started - self.refused if self.state in ("running", "paused") else 0


class BulkBatch(msgspec.Struct, frozen=True, kw_only=True):
    """The next rows of a list that is due, in the hands of one worker for a while. `first` is the number of the first
    of them, `planned_at` when it was to start, `now` the store's time.
    """

    id: UUID
    sequence: str
    per_minute: float
    first: int
    rows: tuple[msgspec.Raw, ...]
    planned_at: datetime
    now: datetime


class Refusal(msgspec.Struct, frozen=True):
    """A row that was not started, and why."""

    row: int
    reason: str


class BulkStart(msgspec.Struct, frozen=True):
    """A run of one row, with what it was given."""

    run: NewRun
    origin: Origin


class BulkStep(msgspec.Struct, frozen=True, kw_only=True):
    """One write about a list: from `first` on, so many rows are dealt with, these started, those refused. The next one
    is planned at `planned_at`. With `held`, nothing was done and that is why.
    """

    id: UUID
    first: int
    starts: tuple[BulkStart, ...] = ()
    refused: tuple[Refusal, ...] = ()
    planned_at: datetime
    held: str | None = None

    @property
    def rows(self) -> int:
        """How many rows are dealt with."""
        return len(self.starts) + len(self.refused)
