"""The records of what rules run against: connections, webhooks, publications, and live runs as a publication sees them.

Owns shapes only. Code outside of the stores imports them from `ports`, which says what is done with them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.runtime.records import RunStatus


class ConnectionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stored connection. `settings` holds the plain fields, `sealed` the sealed ones, by field name.

    `hook` is the sealed secret of its hook address. `name` is unique in the installation; `is_default` marks the one
    that `use PLUGIN` alone means. `choices` is the cached look-up of the account. After a change of the hook,
    `old_hook` is the one before and opens it too until `old_hook_until`.
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
    old_hook: str | None = None
    old_hook_until: datetime | None = None


class WebhookRow(msgspec.Struct, frozen=True):
    """The address of a `when webhook` line, by what the line calls it. `hook` is its sealed secret. It stays when no
    rule hears it any more, so that it is the same when one does again; `id` stands for a connection in what came
    through it.
    """

    id: UUID
    name: str
    hook: str


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A set of rule files switched live in one commit. `sources` maps path to text, `graphs` version to graph JSON.
    `limits` is the JSON of all `limit` declarations, a list of `graph.Limit`; `events` that of the events of one's own,
    their fields as a `Record` by name. `who` made it live; `restores` is the earlier one whose files these are.
    """

    id: UUID
    created_at: datetime
    sources: dict[str, str]
    graphs: dict[str, bytes]
    limits: bytes = b"[]"
    events: bytes = b"{}"
    who: str | None = None
    comment: str | None = None
    restores: UUID | None = None


NOTHING_LIVE = UUID(int=0)
"""Stands for the publication before the first one."""


class Outrun(Exception):
    """Another publication went live meanwhile, so nothing was written."""


Switch = Literal["off", "rehearse"]
"""What somebody switched a rule to, beside its text."""


class Resting(msgspec.Struct, frozen=True):
    """A live run as one finds it. `busy`: a worker has it, or a call of it is open, so only a worker can end it."""

    run_id: UUID
    epoch: int
    busy: bool


class PinnedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A live run and the graph that it is on. `held`: a worker has it, or something came for it. `acted`: the history
    has a step of it that was not named harmless. `answers`: another run waits for what it returns.
    """

    run_id: UUID
    epoch: int
    kind: Literal["rule", "sequence"]
    rule: str
    graph: str
    status: RunStatus
    state: bytes
    held: bool
    acted: bool
    answers: bool
    event_id: UUID | None
    parent_id: UUID | None
    origin: str
    hops: int


class Moved(msgspec.Struct, frozen=True):
    """A run that goes on in another graph, from this state, unless a worker has claimed it since that epoch."""

    run_id: UUID
    epoch: int
    graph: str
    state: bytes
