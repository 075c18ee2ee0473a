"""What the runtime asks of its storage: the records and the one `Store` protocol.

Owns no behaviour. Two stores stand behind it and pass the same contract tests: `store/postgres.py` (the truth) and
`store/memory.py` (tests, `treadle run`). The flows (`accept`, `match`, `advance`, `call`) know only this page.

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
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from treadle.runtime.bulkports import BulkStore
from treadle.runtime.historyports import HistoryStore
from treadle.runtime.orderrecords import How, NewResolution, Origin, Resolution, Verdict
from treadle.runtime.platformports import PlatformStore
from treadle.runtime.records import (
    Arrival,
    ConnectionRow,
    Echo,
    EventFilter,
    Fault,
    Load,
    Moved,
    NewDelivery,
    NewEvent,
    NewRun,
    PinnedRun,
    Publication,
    Resting,
    RunFilter,
    RunRow,
    RunStatus,
    SlowWork,
    StepState,
    StoredEvent,
    StoredStep,
    Switch,
    WebhookRow,
    WorkerRow,
)
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

LONGEST_LEASE = 600.0
"""Seconds; a longer lease is cut to this. What a worker holds is thus found among the rows that are due by then."""

SUSPECT = 2
"""Leases of one run that ended without a word, from which on it is a suspect: see `Store.claim`."""

RENEWAL_ROOM = 5.0
"""Seconds; see `Store.renew`."""


class Store(HistoryStore, PlatformStore, WorldStore, BulkStore, Protocol):
    """Durable storage of one workspace. Every method is one round trip and one commit, batches included.

    Raises `StoreDown` when the database cannot be reached; then nothing is known about the write and it is repeated
    by id, which is harmless: rows that are there already stay.
    """

    workspace_id: UUID

    async def now(self) -> datetime:
        """The store's clock."""
        ...

    # --- accept -----------------------------------------------------------------------------------------------------

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

    # --- work -------------------------------------------------------------------------------------------------------

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

    async def signals(self, run_ids: Sequence[UUID]) -> dict[UUID, list[Signal]]:
        """The unread signals of these runs, the oldest first; runs that have none are left out."""
        ...

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

    # --- what people order --------------------------------------------------------------------------------------------

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

    # --- schedules ----------------------------------------------------------------------------------------------------

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        """For each schedule, the last instant up to which it was dealt with. One that is new is given the present."""
        ...

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        """Fire a schedule for a planned instant, once: start the runs and note that everything up to `until` was dealt
        with. False, and nothing written, when this or a later instant was fired before.
        """
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

    # --- values of plugins -------------------------------------------------------------------------------------------

    async def get_value(self, connection_id: UUID, key: str) -> bytes | None:
        """A durable value of a connection."""
        ...

    async def put_value(self, connection_id: UUID, key: str, value: bytes, ttl: float | None) -> None:
        """Set it."""
        ...

    async def swap_value(
        self, connection_id: UUID, key: str, expected: bytes | None, value: bytes | None, ttl: float | None = None
    ) -> bool:
        """Set it (None: remove it) for `ttl` seconds, only if it is still `expected` (None: absent)."""
        ...


class StoreDown(Exception):
    """The database cannot be reached just now."""


class Unstorable(Exception):
    """The database refuses a value of a batch; nothing of the batch was written. Never a reason to repeat it whole."""


class NameTaken(Exception):
    """A connection of that name exists already."""
