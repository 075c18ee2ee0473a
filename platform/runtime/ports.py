"""What the runtime asks of its storage: the records and the one `Store` protocol.

Owns no behaviour. Two stores stand behind it and pass the same contract tests: `store/postgres.py` (the truth) and
`store/memory.py` (tests, `treadle run`). The flows (`accept`, `match`, `advance`, `call`) know only this page.

How a run lives: `accept` writes the event, its run and one *live* row. `due_at` of the live row says when somebody has
to look at it next: at once, when a wait ends, or, while a worker holds it, when that worker's lease ends. Claiming is
taking rows whose `due_at` has passed, so there is no state without an expiry and a dead worker's runs come back by
themselves. Each claim raises `epoch`, the fencing number; every later write names it and a write of an older epoch
changes nothing. The live row goes when the run ends; the run and its steps stay as history.

All times of the records are aware datetimes of the store's clock; durations are seconds. Ids are UUIDv7.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Effect

RunStatus = Literal["matching", "running", "waiting", "done", "failed", "stopped", "suppressed", "unknown"]
"""`matching`: a condition still needs a read or a state. `running`: due or claimed. `waiting`: asleep. `unknown`: one
step has an unknown outcome and a person decides. `suppressed`: considered and not fired, with the reason in `error`."""

LONGEST_LEASE = 600.0
"""Seconds; a longer lease is cut to this. What a worker holds is thus found among the rows that are due by then."""

RENEWAL_ROOM = 5.0
"""Seconds; see `Store.renew`."""

StepState = Literal["intent", "done", "failed", "unknown"]
"""`intent`: committed before the send; without an outcome it is in doubt once its lease is over."""


class Fault(msgspec.Struct, frozen=True):
    """Why something did not work: `code` a stable slug, `message` one sentence without secrets."""

    code: str
    message: str


class NewDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """A body as it came, kept whatever it held."""

    id: UUID
    connection_id: UUID
    content_type: str
    body: bytes


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to store. `data` is JSON; `key` is unique in its connection (None: never a duplicate).

    `trigger` is the full name (`kommo.lead_created`). `unread` says why nobody could read it (then `data` is what was
    there). `publication` is the set of rules it was matched against. `cause` is the run that made it happen.
    """

    id: UUID
    trigger: str
    data: bytes
    connection_id: UUID | None = None
    delivery_id: UUID | None = None
    key: str | None = None
    entity: str | None = None
    version: str | None = None
    unread: str | None = None
    publication: UUID | None = None
    cause: UUID | None = None
    hops: int = 0


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run to start. `graph` is the version hash it is pinned to, `state` JSON of `machine.State`.

    `rule` is the name of the rule or sequence, `origin` the rule at the root of the chain of starts. `delay` is the
    number of seconds until it is due.
    """

    id: UUID
    graph: str
    kind: Literal["rule", "sequence"]
    rule: str
    origin: str
    status: Literal["matching", "running"]
    state: bytes
    event_id: UUID | None = None
    parent_id: UUID | None = None
    hops: int = 0
    delay: float = 0.0


class Arrival(msgspec.Struct, frozen=True):
    """One event and the runs that it starts; they are stored together or, for a duplicate, not at all."""

    event: NewEvent
    runs: tuple[NewRun, ...] = ()


class StoredEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as stored. `loaded` is the JSON after `Trigger.load`, None while nobody needed it."""

    id: UUID
    trigger: str
    data: bytes
    received_at: datetime
    connection_id: UUID | None = None
    key: str | None = None
    entity: str | None = None
    version: str | None = None
    unread: str | None = None
    publication: UUID | None = None
    cause: UUID | None = None
    hops: int = 0
    loaded: bytes | None = None


class StoredStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a run's history. `id` is also the effect id of a call. `seq` counts from 1 in the run.

    `node` is the step id in the graph, `what` the verb or the action (`kommo.add_tags`, `log`, `wait`). `tries` counts
    sends. `entity` and `version` name what the call changed, to recognise the service's report of it.
    """

    id: UUID
    run_id: UUID
    seq: int
    node: str
    what: str
    state: StepState
    effect: Effect | None = None
    tries: int = 0
    input: bytes | None = None
    output: bytes | None = None
    error: Fault | None = None
    entity: str | None = None
    version: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the hands of this worker under `epoch`, until its lease ends.

    `intent` is the step whose outcome the worker before left open: then this is a takeover. `crashes` counts the
    leases that ended without a word.
    """

    run_id: UUID
    workspace_id: UUID
    epoch: int
    graph: str
    kind: Literal["rule", "sequence"]
    rule: str
    origin: str
    status: Literal["matching", "running", "waiting", "unknown"]
    state: bytes
    hops: int
    crashes: int
    event: StoredEvent | None
    intent: StoredStep | None
    now: datetime


class NewStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step to write. A call is first written as `intent`; everything else once, as `done` or `failed`."""

    id: UUID
    seq: int
    node: str
    what: str
    state: StepState
    effect: Effect | None = None
    tries: int = 0
    input: bytes | None = None
    output: bytes | None = None
    error: Fault | None = None
    connection_id: UUID | None = None
    entity: str | None = None


class StepOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a step that was written as `intent`. State `intent` again records a try that will be repeated."""

    id: UUID
    state: StepState
    tries: int
    output: bytes | None = None
    error: Fault | None = None
    version: str | None = None


class Go(msgspec.Struct, frozen=True, tag="go"):
    """The run goes on under the same lease."""


class Sleep(msgspec.Struct, frozen=True, tag="sleep"):
    """The lease is given back; the run is due again `seconds` from now by the store's clock."""

    seconds: float
    status: Literal["running", "waiting"] = "waiting"


class Park(msgspec.Struct, frozen=True, tag="park"):
    """The run waits for a person; it is looked at again after `seconds`."""

    status: Literal["unknown"] = "unknown"
    seconds: float = 86400.0


class End(msgspec.Struct, frozen=True, tag="end"):
    """The run is over and its live row goes."""

    status: Literal["done", "failed", "stopped", "suppressed"]
    error: Fault | None = None


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a worker about one run: all of it in one commit, or nothing when the epoch is not the newest.

    `outcome` closes an open intent; `steps` are new ones, the last of them may be the next intent (which becomes the
    run's open one). `state` is the machine's new state (None: as it was). `starts` are runs that this step starts.
    `loaded` is the event's data after a load, stored with the event.
    """

    run_id: UUID
    epoch: int
    then: Go | Sleep | Park | End
    state: bytes | None = None
    outcome: StepOutcome | None = None
    steps: tuple[NewStep, ...] = ()
    starts: tuple[NewRun, ...] = ()
    loaded: bytes | None = None


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run as history shows it."""

    id: UUID
    rule: str
    kind: Literal["rule", "sequence"]
    graph: str
    status: RunStatus
    created_at: datetime
    event_id: UUID | None = None
    parent_id: UUID | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    error: Fault | None = None
    hops: int = 0


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list, newest first. `before` is the last id of the page before. Suppressed ones only if asked."""

    rule: str | None = None
    status: RunStatus | None = None
    event_id: UUID | None = None
    entity: str | None = None
    before: UUID | None = None
    limit: int = 50


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to list, newest first."""

    trigger: str | None = None
    entity: str | None = None
    before: UUID | None = None
    limit: int = 50


class ConnectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stored connection. `settings` holds the plain fields, `sealed` the sealed ones, by field name.

    `hook` is the sealed secret of its hook address. `name` is unique in the installation; `is_default` marks the one
    that `use PLUGIN` alone means. `choices` is the cached look-up of the account.
    """

    id: UUID
    plugin: str
    kind: str
    name: str
    settings: dict[str, Any]
    sealed: dict[str, str]
    hook: str
    is_default: bool
    choices: bytes | None = None
    looked_up_at: datetime | None = None


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rule files switched live in one commit. `sources` maps path to text, `graphs` version to graph JSON."""

    id: UUID
    created_at: datetime
    sources: dict[str, str]
    graphs: dict[str, bytes]


class Echo(msgspec.Struct, frozen=True):
    """A change that one of our runs made, or may be making: found for an event's entity."""

    entity: str
    run_id: UUID
    origin: str
    version: str | None
    open: bool
    hops: int


class WorkerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's heartbeat. `progress_at` moves only when work moves or there is none."""

    id: UUID
    name: str
    started_at: datetime
    seen_at: datetime
    progress_at: datetime
    claimed: int


class Load(msgspec.Struct, frozen=True):
    """How much there is to do: rows due now, rows held by workers, seconds since the oldest became due."""

    due: int
    claimed: int
    oldest_due: float


class Store(Protocol):
    """Durable storage of one workspace. Every method is one round trip and one commit, batches included.

    Raises `StoreDown` when the database cannot be reached; then nothing is known about the write and it is repeated
    by id, which is harmless: rows that are there already stay.
    """

    workspace_id: UUID

    async def now(self) -> datetime:
        """The store's clock."""
        ...

    # --- accept -----------------------------------------------------------------------------------------------------

    async def accept(self, deliveries: Sequence[NewDelivery], arrivals: Sequence[Arrival]) -> dict[UUID, UUID]:
        """Store all of it durably. For each event that is a duplicate, also within the batch: its id -> the id of the
        one that was there first.
        """
        ...

    async def echoes(self, connection_id: UUID, entities: Sequence[str]) -> list[Echo]:
        """Steps of the last ten minutes that wrote one of these entities through this connection."""
        ...

    # --- work -------------------------------------------------------------------------------------------------------

    async def claim(self, worker: UUID, limit: int, lease: float) -> list[Claimed]:
        """Take up to `limit` due runs for `lease` seconds, the longest due first. Never blocks on other workers."""
        ...

    async def renew(self, worker: UUID, lease: float) -> int:
        """Prolong every lease of this worker that is not over yet to `lease` seconds from now; how many.

        Claim and renew with the same `lease`: one with more than `RENEWAL_ROOM` seconds beyond it is not looked at.
        """
        ...

    async def commit(self, transitions: Sequence[Transition]) -> set[UUID]:
        """Write them all in one commit; the run ids that were fenced off, for which nothing was written."""
        ...

    async def release(self, worker: UUID) -> int:
        """Give back every lease of this worker at once, without counting a crash; how many."""
        ...

    async def once(self, rule: str, key: str, within: float, run_id: UUID) -> bool:
        """True when this run holds the key: first to come, or the same run again. For `within` seconds."""
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

    # --- history ----------------------------------------------------------------------------------------------------

    async def event(self, id: UUID) -> StoredEvent | None:
        """One event."""
        ...

    async def events(self, filter: EventFilter) -> list[StoredEvent]:
        """A page of events."""
        ...

    async def run(self, id: UUID) -> RunRow | None:
        """One run."""
        ...

    async def runs(self, filter: RunFilter) -> list[RunRow]:
        """A page of runs."""
        ...

    async def steps(self, run_id: UUID) -> list[StoredStep]:
        """A run's steps in order."""
        ...

    # --- what rules run against --------------------------------------------------------------------------------------

    async def publish(self, publication: Publication) -> None:
        """Make this set the live one."""
        ...

    async def live(self) -> UUID | None:
        """The id of the live publication; cheap, asked often."""
        ...

    async def publication(self, id: UUID) -> Publication | None:
        """One publication, whole."""
        ...

    async def graph(self, version: str) -> bytes | None:
        """A graph's JSON by its version."""
        ...

    async def connections(self) -> list[ConnectionRow]:
        """All connections."""
        ...

    async def save_connection(self, row: ConnectionRow) -> None:
        """Insert or replace by id. Raises `NameTaken` when another one has the name."""
        ...

    async def save_key(self, id: UUID, name: str, digest: bytes) -> None:
        """Add an API key by its SHA-256; one that is there stays."""
        ...

    async def has_keys(self) -> bool:
        """Whether there is any API key."""
        ...

    async def knows_key(self, digest: bytes) -> bool:
        """Whether a key with this SHA-256 is there."""
        ...

    # --- values of plugins -------------------------------------------------------------------------------------------

    async def get_value(self, connection_id: UUID, key: str) -> bytes | None:
        """A durable value of a connection."""
        ...

    async def put_value(self, connection_id: UUID, key: str, value: bytes, ttl: float | None) -> None:
        """Set it."""
        ...

    async def swap_value(self, connection_id: UUID, key: str, expected: bytes | None, value: bytes | None) -> bool:
        """Set it (None: remove it) only if it is still `expected` (None: absent)."""
        ...


class StoreDown(Exception):
    """The database cannot be reached just now."""


class Unstorable(Exception):
    """The database refuses a value of a batch; nothing of the batch was written. Never a reason to repeat it whole."""


class NameTaken(Exception):
    """A connection of that name exists already."""
