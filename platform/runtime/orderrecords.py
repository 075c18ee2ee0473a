"""The records of what people order about runs: what became of a call whose outcome is unknown, and retries.

Owns shapes only. Code outside of the stores imports them from `ports`, which says what is done with them. Units are
those of `records`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

How = Literal["happened", "again", "skip"]
"""`happened`: the call arrived. `again`: it did not and is sent once more. `skip`: the run goes on without it."""


class NewResolution(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says about a call whose outcome is unknown. `since` is when it became so, as they saw it.

    `output` is the JSON of what the call gave, for one that happened.
    """

    id: UUID
    run_id: UUID
    step_id: UUID
    since: datetime
    how: How
    who: str
    reason: str | None = None
    output: bytes | None = None


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said about a call, and when."""

    id: UUID
    step_id: UUID
    how: How
    who: str
    reason: str | None
    at: datetime


class Origin(msgspec.Struct, frozen=True):
    """Where a run comes from that no event and no other run started: the run that it is a retry of, the JSON of what
    its parameters were given, and the list of a start in bulk that it is of.
    """

    retry_of: UUID | None
    args: bytes | None
    bulk: UUID | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What a `resolved` signal holds: `output` is JSON, null for none."""

    step: UUID
    how: How
    who: str
    output: msgspec.Raw
