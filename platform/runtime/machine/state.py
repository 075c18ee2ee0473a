"""What a run remembers between two looks at it. Owns the shape, and its way to JSON and back with exact values.

A run is a tree of threads. The root is the state itself, so that a run with one place is as small as it looks;
`together` and `for each` give it children, which stand in `threads` by number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec.structs import replace

from treadle.dsl.values import Value
from treadle.runtime.machine.conversation import Conversation

ROOT = 0
"""The number of the thread that every run has."""


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """The open call: since when it is tried, how often it was sent, how often it was looked for without being found.

    `doubt` is true once a send may have arrived. `plan` is what was decided for the next look at the run; None means
    that a worker is at it, or died at it. `step` is the id of the step that is open in the history, `now` the clock
    reading that its arguments were computed under.
    """

    since: datetime
    tries: int = 1
    looked: int = 0
    stumbles: int = 0
    doubt: bool = False
    plan: Literal["send", "look"] | None = None
    step: UUID | None = None
    now: datetime | None = None


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A block that a thread is in: the node that owns it, and which of its blocks."""

    node: str
    part: Literal["body", "handler", "timeout"] = "body"


class Trouble(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step that did not work: what `on error as e` sees."""

    code: str
    message: str
    step: str
    unknown: bool = False


class Rest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a thread waits for, besides its own call or its children.

    `sleep`: the place is already the next one. `window`, `limit`, `connection`: the step is tried again then. `event`,
    `approval`, `run`: an answer that comes to `slot`. `call`: the next try of the open call. `person`: the outcome of
    the open call is unknown. `until` is when it ends by itself, None for never.
    """

    kind: Literal["sleep", "window", "limit", "connection", "event", "approval", "run", "call", "person"]
    until: datetime | None = None
    slot: str | None = None


class Fork(msgspec.Struct, frozen=True, omit_defaults=True):
    """The children that a thread waits for: `next` is the number of the item or branch to start, out of `count`.

    `now` is the clock reading under which the list was computed; it is computed again rather than stored.
    """

    count: int
    now: datetime | None = None
    next: int = 0
    failed: Trouble | None = None


class Thread(msgspec.Struct, frozen=True, omit_defaults=True):
    """One place of a run: `at` is the node that comes next, None at the end of a block; `vars` holds the names given
    here. At most one of `attempt`, `fork` and `trouble` is there. `talk` is what an agent that is asked here has said.
    """

    at: str | None
    vars: dict[str, Any] = {}
    attempt: Attempt | None = None
    parent: int = ROOT
    frames: tuple[Frame, ...] = ()
    rest: Rest | None = None
    fork: Fork | None = None
    trouble: Trouble | None = None
    talk: Conversation | None = None


class State(Thread, frozen=True, omit_defaults=True):
    """The root thread, and what is one for the whole run.

    `heard` is the index of the `when` line that started the run. `seq` counts the steps written so far. `now` is the
    clock reading that holds until the run acts again. `matched` is false while a condition has yet to be decided, and
    `suspect` while the event may be a change of our own; `phase` is what the run waits for before its first step.
    `behind` are runs of the same event that may keep this one from firing. `loads` counts tries to read the event's
    missing fields. `listens` is true once the run hears what stops it. `last` is the highest number of a thread or a
    slot. `rehearse` is true where effects are recorded and not sent.
    `kept` counts the bytes of the inputs and outputs of its steps, `active` the seconds for which it was at work.
    `cancelled` is the run that cancelled this one in the write that started it.
    """

    heard: int = 0
    seq: int = 0
    now: datetime | None = None
    matched: bool = True
    suspect: bool = False
    phase: Literal["quiet", "turn"] | None = None
    behind: tuple[UUID, ...] = ()
    loads: int = 0
    listens: bool = False
    last: int = 0
    rehearse: bool = False
    kept: int = 0
    active: int = 0
    cancelled: UUID | None = None
    threads: dict[int, Thread] = {}


def thread_of(state: State, number: int) -> Thread:
    """The thread with this number."""
    return state if number == ROOT else state.threads[number]


def with_thread(state: State, number: int, **changed: Any) -> State:
    """The state with one thread changed."""
    if number == ROOT:
        return replace(state, **changed)
    return replace(state, threads={**state.threads, number: replace(state.threads[number], **changed)})


def threads_of(state: State) -> Iterator[tuple[int, Thread]]:
    """Every thread with its number, the root first."""
    yield ROOT, state
    yield from state.threads.items()


_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(State, float_hook=Decimal)


def encode(state: State) -> bytes:
    """The state as JSON."""
    return _encoder.encode(state)


def decode(data: bytes, revive: Callable[[str, Any], Value]) -> State:
    """The state from JSON; `revive` makes the value of a name from plain data (`Program.revived`)."""
    state = _decoder.decode(data)
    if state.vars:
        state = replace(state, vars=_revived(state.vars, revive))
    if state.threads:
        state = replace(state, threads={number: _thread(each, revive) for number, each in state.threads.items()})
    return state


def _thread(thread: Thread, revive: Callable[[str, Any], Value]) -> Thread:
    return replace(thread, vars=_revived(thread.vars, revive)) if thread.vars else thread


def _revived(names: dict[str, Any], revive: Callable[[str, Any], Value]) -> dict[str, Any]:
    return {name: revive(name, each) for name, each in names.items()}
