"""The records that the runtime's storage takes and gives: what comes in, the runs it starts, and what lists show.

Owns shapes only. Code outside of the stores imports them from `ports`, which says what is done with them. All times are
aware datetimes of the store's clock; durations are seconds; documents are JSON as bytes; ids are UUIDv7.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Effect

RunStatus = Literal["matching", "running", "waiting", "done", "failed", "stopped", "suppressed", "unknown"]
"""`matching`: a condition still needs a read or a state. `running`: due or claimed. `waiting`: asleep. `unknown`: one
step has an unknown outcome and a person decides. `suppressed`: considered and not fired, with the reason in `error`."""

StepState = Literal["intent", "done", "failed", "unknown", "skipped"]
"""`intent`: committed before the send; without an outcome it is in doubt once its lease is over. `skipped`: left out,
because a limit says so, or a person who could not tell whether it arrived."""


class Fault(msgspec.Struct, frozen=True):
    """Why something did not work: `code` a stable slug, `message` one sentence without secrets."""

    code: str
    message: str


def cancelled_by(run_id: UUID) -> Fault:
    """Why a run ended that another one cancelled."""
    return Fault("cancelled", f"the run {run_id} cancelled it")


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
    number of seconds until it is due. With `answers`, the parent waits in this slot for what the run returns. `turn` is
    the key of its `one at a time`, where it is known by now: the run stands in line from its start on, so it goes in
    the order of the ids and is found by who cancels it. With `quiet`, the run of an event is in the group of this key
    (see `Store.join_quiet`) from its start on.
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
    answers: str | None = None
    turn: str | None = None
    quiet: str | None = None


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
    output: bytes | None = None


class RunFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to list, newest first. `before` is the last id of the page before. Suppressed ones only if asked.

    `keys` are what a key of `once per` or `one at a time` may be, as the clauses have them (JSON); one has to fit.
    `entity` is what the run's event is about. `since` is the first instant of the ids, `until` the one behind the last.
    """

    rule: str | None = None
    status: RunStatus | None = None
    event_id: UUID | None = None
    entity: str | None = None
    keys: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: int = 50


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events to list, newest first; `since` and `until` as for runs. With `unread`, those nobody could read."""

    trigger: str | None = None
    entity: str | None = None
    unread: bool = False
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None
    limit: int = 50


class Echo(msgspec.Struct, frozen=True):
    """A change that one of our runs made, or may be making: found for an event's entity."""

    entity: str
    run_id: UUID
    origin: str
    version: str | None
    open: bool
    hops: int
