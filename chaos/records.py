"""The books of one run of chaos: plain records, whoever wrote them. Times are seconds since 1970, of one machine."""

from __future__ import annotations

from typing import Literal

import msgspec

FaultKind = Literal[
    "kill_worker", "kill_api", "kill_all", "freeze", "postgres_5", "postgres_45", "queue_flush", "queue_restart", "cut"
]

ASKED = "/ask"
"""Where the model is asked."""


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One POST of a delivery. `status` is None when no answer came, `events` are the ids that the answer named."""

    at: float
    took: float
    status: int | None
    retry_after: bool = False
    events: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event. `group` is what `once per`, `at most` and `one at a time` go by, `about` the order."""

    id: str
    trigger: str
    received_at: float
    key: str | None = None
    group: str | None = None
    about: str | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `status` is its outcome, or that of its live row."""

    id: str
    rule: str
    kind: str
    status: str
    created_at: float
    event: str | None = None
    ended_at: float | None = None
    error: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One call of an action; `id` is its effect id. `written_at` is when its outcome was, None while there is none."""

    id: str
    run: str
    node: str
    effect: Literal["idempotent", "checkable", "blind"]
    state: str
    started_at: float
    input: str = ""
    written_at: float | None = None
    error: str | None = None


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One write that the service received. `answer` is what it said: `ok`, `refused`, or what leaves a `doubt`."""

    effect: str
    path: str
    at: float
    applied: bool
    answer: Literal["ok", "refused", "doubt"]


class Cancelled(msgspec.Struct, frozen=True):
    """A run that somebody was told will end, and when they were told."""

    run: str
    at: float


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was broken, from `began` until it was made whole again."""

    kind: FaultKind
    began: float
    ended: float
    told: str = ""


class Rescue(msgspec.Struct, frozen=True):
    """A run that a dead worker held, and how long after the death another had it; None: never seen. `again`: it was not
    the first that died at it lately.
    """

    run: str
    died_at: float
    seconds: float | None
    again: bool = False


class Ticks(msgspec.Struct, frozen=True):
    """A schedule of whole seconds: up to when it had been dealt with at the start and at the end, and its runs
    in between. The first of them may lie between two instants.
    """

    every: float
    first: float
    last: float
    runs: int


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. `hearing` names the rules that hear a trigger, `most` says how often a rule fires for a group,
    `alone` are those with one live run for a group, `quiet` those that fire for the newest of it; `stops` says by which
    trigger a rule's runs end. `left` counts rows that nothing will ever remove, by what they are.
    """

    posts: tuple[Post, ...] = ()
    events: tuple[Event, ...] = ()
    runs: tuple[Run, ...] = ()
    steps: tuple[Step, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    faults: tuple[Fault, ...] = ()
    rescues: tuple[Rescue, ...] = ()
    ticks: tuple[Ticks, ...] = ()
    hearing: dict[str, frozenset[str]] = {}
    most: dict[str, int] = {}
    alone: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    stops: dict[str, str] = {}
    cancelled: tuple[Cancelled, ...] = ()
    left: dict[str, int] = {}
