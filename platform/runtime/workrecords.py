"""The records of a worker's life: what it claims, what comes for a run meanwhile, what one write about a run holds.

Owns shapes only. Code outside of the stores imports them from `ports`, which says what is done with them. Units are
those of `records`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Effect
from treadle.runtime.records import Arrival, Fault, NewRun, StepState, StoredEvent, StoredStep


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """Something that came for a live run; it stays unread until a transition of the run names it in `read`.

    `event`: an event that fits what the run listens for in `slot`; its `where` has yet to be decided. `decided`: a
    person decided the approval of `slot`; `data` is JSON true or false. `returned`: the run that was started for `slot`
    is over; `data` is what it returned, or `fault` why it failed or was not let through. `turn`: the turn that the run
    waits for has come. `end`: the run is to end, `fault` says why. `resolved`: a person said what became of a call,
    `data` is JSON of `Verdict`. The same kind for the same slot from the same event, question, run or call comes once
    until it is read.
    """

    id: UUID
    kind: Literal["event", "decided", "returned", "turn", "end", "resolved"]
    slot: str = ""
    event: StoredEvent | None = None
    data: bytes | None = None
    fault: Fault | None = None


class NewListen(msgspec.Struct, frozen=True, kw_only=True):
    """What a run listens for under `slot`, from the commit of this on until it forgets it or ends.

    An event fits when it has this `trigger` (`kommo.lead_created`, `event.order_ready`), came through this connection
    (None: any, also none), was not caused by the run itself, and, with a `path` (`lead_id`, `lead.id`), holds there the
    same JSON value as `value` (numbers by their value: 5 is 5.0; true is not 1; what is missing is null). With
    `from_start`, events that came since the run was created are heard as well; its slot must not be one that the same
    transition forgets.
    """

    slot: str
    trigger: str
    connection_id: UUID | None = None
    path: str | None = None
    value: bytes | None = None
    from_start: bool = False


class NewApproval(msgspec.Struct, frozen=True, kw_only=True):
    """A question to people of the group or role `by`; open for so many seconds."""

    id: UUID
    slot: str
    question: str
    by: str
    seconds: float


class ApprovalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A question as people see it. `closed`: nobody decided in time, or the run is over."""

    id: UUID
    run_id: UUID
    rule: str
    question: str
    by: str
    state: Literal["open", "approved", "refused", "closed"]
    created_at: datetime
    until: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A run in the hands of this worker under `epoch`, until its lease ends.

    `intent` is the step whose outcome the worker before left open: then this is a takeover. Of several that threads
    left open it is the one written last, unless an outcome came behind it; the state names them all. `crashes` counts
    the leases that ended without a word. `signals` came since and were not read yet, the oldest first.
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
    signals: tuple[Signal, ...] = ()


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
    """The lease is given back; the run is due again `seconds` from now by the store's clock, or at once while it has a
    signal that was not read.
    """

    seconds: float
    status: Literal["matching", "running", "waiting"] = "waiting"


class Park(msgspec.Struct, frozen=True, tag="park"):
    """The run waits for a person; it is looked at again after `seconds`, or at once while a signal was not read."""

    status: Literal["unknown"] = "unknown"
    seconds: float = 86400.0


class End(msgspec.Struct, frozen=True, tag="end"):
    """The run is over and its live row goes, with all that it listened for and its turn. `output` is the JSON of what
    it returned.
    """

    status: Literal["done", "failed", "stopped", "suppressed"]
    error: Fault | None = None
    output: bytes | None = None


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One write of a worker about one run: all of it in one commit, or nothing when the epoch is not the newest.

    `outcome` closes an open intent; `steps` are new ones, intents of several threads among them; the last of them may
    be an intent (which becomes the run's open one). `state` is the machine's new state (None: as it was). `starts` are
    runs that this step starts. `loaded` is the event's data after a load, stored with the event.

    `listens` and `approvals` are new, one of each a slot; what is there under its slot already stays, and a run that
    ends with this listens for and asks nothing. `forgets` are slots for which nothing is wanted any more: before what
    is new comes, their listening ends, their approvals close, their unread signals go. `read` are signals that were
    dealt with. `emits` are events of one's own, taken in as `accept` does. `cancels` are keys (rule, JSON of the key)
    of `take_turn`: the runs that stand in this line get an `end` signal.
    """

    run_id: UUID
    epoch: int
    then: Go | Sleep | Park | End
    state: bytes | None = None
    outcome: StepOutcome | None = None
    steps: tuple[NewStep, ...] = ()
    starts: tuple[NewRun, ...] = ()
    loaded: bytes | None = None
    listens: tuple[NewListen, ...] = ()
    approvals: tuple[NewApproval, ...] = ()
    forgets: tuple[str, ...] = ()
    read: tuple[UUID, ...] = ()
    emits: tuple[Arrival, ...] = ()
    cancels: tuple[tuple[str, bytes], ...] = ()
