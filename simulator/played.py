"""What came of a seed: all that the laws are held against."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from simulator.faults import Faults
from simulator.rules import Rules
from simulator.service import Service
from treadle.runtime.store.memory import MemoryStore

CUSTOMERS = 2
"""Those that orders come from, in turns."""


class Sent(msgspec.Struct):
    """One event that a sender delivers until it is accepted. `ids` are those it was accepted under, each time."""

    item: dict[str, Any]
    ids: list[UUID] = []


class Played(msgspec.Struct, kw_only=True):
    """A play. `lease` is how long workers held a run, `troubles` are what nobody should ever read in a log, `trace` is
    what happened, in order; from `calm_at` on nothing went wrong any more, at `ended_at` everybody had stopped.

    `decided` is what people were told they decided, `cancelled` the runs that they were told will end, and when; `said`
    is what extras noted, by a name of theirs.
    """

    seed: int
    rules: Rules
    store: MemoryStore
    service: Service
    faults: Faults
    lease: float
    sent: list[Sent]
    decided: dict[UUID, bool]
    started: set[UUID]
    cancelled: dict[UUID, datetime]
    said: defaultdict[str, list[Any]]
    troubles: list[str]
    trace: list[str]
    calm_at: float = 0.0
    ended_at: float = 0.0

    def digest(self) -> str:
        """Equal for equal histories."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()
