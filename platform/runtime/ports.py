"""What the runtime asks of its storage: the records and the one `Store` protocol.

Owns no behaviour. It asks for what begins itself; what workers, clauses, people, history, rules, lists and the platform
ask for has a page each. Two stores stand behind it and pass the same contract tests: `store/postgres.py` (the truth)
and `store/memory.py` (tests, `treadle run`). The flows (`accept`, `match`, `advance`, `call`) know only this page.

How a run lives: `accept` writes the event, its run and one *live* row. `due_at` of the live row says when somebody has
to look at it next: at once, when a wait ends, or, while a worker holds it, when that worker's lease ends. Claiming is
taking rows whose `due_at` has passed, so there is no state without an expiry and a dead worker's runs come back by
themselves. Each claim raises `epoch`, the fencing number; every later write names it and a write of an older epoch
changes nothing. The live row goes when the run ends; the run and its steps stay as history.

How a run waits for more than time: it says in a commit what it listens for, asks or starts, under a slot. What comes
for it is a *signal*, written in the commit of whatever caused it (an event taken in, a decision, another run's end) and
kept until a transition of the run reads it. A signal makes a run that nobody holds due at once; for one that is held,
it makes the next `Sleep` or `Park` due at once. So nothing that comes is lost between a look and a sleep.

All times of the records are aware datetimes of the store's clock; durations are seconds. Ids are UUIDv7.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from treadle.runtime.bulkports import BulkStore
from treadle.runtime.clauseports import ClauseStore
from treadle.runtime.historyports import HistoryStore
from treadle.runtime.orderports import OrderStore
from treadle.runtime.orderrecords import How, NewResolution, Origin, Resolution, Verdict
from treadle.runtime.platformports import PlatformStore
from treadle.runtime.platformrecords import Load, SlowWork, WorkerRow
from treadle.runtime.records import (
    Arrival,
    Echo,
    EventFilter,
    Fault,
    NewDelivery,
    NewEvent,
    NewRun,
    RunFilter,
    RunRow,
    RunStatus,
    StepState,
    StoredEvent,
    StoredStep,
)
from treadle.runtime.workports import LONGEST_LEASE, RENEWAL_ROOM, SUSPECT, WorkStore
from treadle.runtime.workrecords import (
    ApprovalRow,
    Claimed,
    End,
    Go,
    NewApproval,
    NewListen,
    NewStep,
    Park,
    Signal,
    Sleep,
    StepOutcome,
    Transition,
)
from treadle.runtime.worldports import WorldStore
from treadle.runtime.worldrecords import ConnectionRow, Moved, PinnedRun, Publication, Resting, Switch, WebhookRow

__all__ = [
    "LONGEST_LEASE",
    "RENEWAL_ROOM",
    "SUSPECT",
    "ApprovalRow",
    "Arrival",
    "Claimed",
    "ConnectionRow",
    "Echo",
    "End",
    "EventFilter",
    "Fault",
    "Go",
    "How",
    "Load",
    "Moved",
    "NameTaken",
    "NewApproval",
    "NewDelivery",
    "NewEvent",
    "NewListen",
    "NewResolution",
    "NewRun",
    "NewStep",
    "Origin",
    "Park",
    "PinnedRun",
    "Publication",
    "Resolution",
    "Resting",
    "RunFilter",
    "RunRow",
    "RunStatus",
    "Signal",
    "Sleep",
    "SlowWork",
    "StepOutcome",
    "StepState",
    "Store",
    "StoreDown",
    "StoredEvent",
    "StoredStep",
    "Switch",
    "Transition",
    "Unstorable",
    "Verdict",
    "WebhookRow",
    "WorkerRow",
]


class Store(WorkStore, ClauseStore, OrderStore, HistoryStore, PlatformStore, WorldStore, BulkStore, Protocol):
    """Durable storage of one workspace. Every method is one round trip and one commit, batches included.

    Raises `StoreDown` when the database cannot be reached; then nothing is known about the write and it is repeated
    by id, which is harmless: rows that are there already stay.
    """

    workspace_id: UUID

    async def now(self) -> datetime:
        """The store's clock."""
        ...

    async def accept(
        self, deliveries: Sequence[NewDelivery], arrivals: Sequence[Arrival], told: set[UUID] | None = None
    ) -> dict[UUID, UUID]:
        """Store all of it durably. For each event that is a duplicate, also within the batch: its id -> the id of the
        one that was there first.

        An event that is new becomes a signal of every live run that listens for it (see `NewListen`), in the same
        commit. A run that nobody holds is due at once when it gets a signal of any kind. Runs that were told
        something are added to `told`.
        """
        ...

    async def start(self, runs: Sequence[NewRun]) -> None:
        """Start runs that no event asks for: by hand, by the API. One that is there already stays."""
        ...

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """Steps of the last ten minutes that wrote one of these entities through this connection."""
        ...

    # --- schedules ----------------------------------------------------------------------------------------------------

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        """For each schedule, the last instant up to which it was dealt with. One that is new is given the present."""
        ...

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        """Fire a schedule for a planned instant, once: start the runs and note that everything up to `until` was dealt
        with. False, and nothing written, when this or a later instant was fired before.
        """
        ...


class StoreDown(Exception):
    """The database cannot be reached just now."""


class Unstorable(Exception):
    """The database refuses a value of a batch; nothing of the batch was written. Never a reason to repeat it whole."""


class NameTaken(Exception):
    """A connection of that name exists already."""
