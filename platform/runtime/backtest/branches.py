"""What one version of the rules made of one recorded event, or of one firing of a schedule. Owns shapes only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.runtime.backtest.answers import Answers
from treadle.runtime.backtest.past import PastStart
from treadle.runtime.ports import StoredEvent

Outcome = Literal["fired", "filtered", "suppressed", "cannot_tell", "pending", "absent"]
"""`absent`: the version has no such rule, it does not hear this, or what it would hear did not happen."""

NOT_RECORDED = "not_recorded"
"""Code of a fault that stands for data which nobody recorded."""


class Fate(msgspec.Struct):
    """What a rule made of an event; changed in place. `graph` is the version of the rule."""

    graph: str
    outcome: Outcome
    why: str | None = None


class Did(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a run would have done. `made_up`: it follows from an answer that nobody gave."""

    rule: str
    what: str
    connection: str | None
    args: Mapping[str, Any]
    message: bool = False
    made_up: bool = False


Heard = tuple[str, int, str]
"""The trigger, which event of it this is within the branch, and the rule."""


class Branch(msgspec.Struct, eq=False):
    """Of one version; changed in place. `live` counts its runs that are not over; `heard` its events by trigger.

    `doubts` tells for a rule or sequence why what it would have done cannot be told, `doubtful` are those runs,
    `made_up` those that go on with an answer which nobody gave,
    and `guesses` why. `times` counts calls by what was asked, `spent` is by rule and currency.
    """

    case: Case
    live: int = 0
    runs: list[UUID] = msgspec.field(default_factory=list)
    events: list[UUID] = msgspec.field(default_factory=list)
    heard: dict[str, int] = msgspec.field(default_factory=dict)
    fates: dict[Heard, Fate] = msgspec.field(default_factory=dict)
    guesses: dict[str, str] = msgspec.field(default_factory=dict)
    did: list[Did] = msgspec.field(default_factory=list)
    doubts: dict[str, str] = msgspec.field(default_factory=dict)
    doubtful: set[UUID] = msgspec.field(default_factory=set)
    made_up: set[UUID] = msgspec.field(default_factory=set)
    times: dict[tuple[str, bytes], int] = msgspec.field(default_factory=dict)
    spent: dict[tuple[str, str], Decimal] = msgspec.field(default_factory=dict)


class Case(msgspec.Struct, eq=False):
    """A recorded event with what was answered then, or the instant at which a schedule of `rule` was due, or a `start`
    by hand; and what each version made of it. `answers` is None until somebody asked for them.
    """

    at: datetime
    event: StoredEvent | None = None
    rule: str | None = None
    start: PastStart | None = None
    answers: Answers | None = None
    cause: str | None = None
    then: Branch | None = None
    now: Branch | None = None

    @property
    def over(self) -> bool:
        """Whether no run of either version is left."""
        return all(each is None or each.live == 0 for each in (self.then, self.now))
