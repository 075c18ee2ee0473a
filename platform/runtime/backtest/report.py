"""What a backtest says. Owns shapes only; all counts are of the events of the span."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from treadle.runtime.backtest.branches import Outcome
from treadle.runtime.costs import Spent

Change = Literal["same", "changed", "added", "removed"]


class Decided(msgspec.Struct, frozen=True):
    """What one version made of an event; `why` is the condition that failed with its values, or what kept it."""

    outcome: Outcome
    why: str | None = None


class DecisionDiffers(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that is another now. `event` is None where the clock started the rule; `trigger` is then empty.

    `then` is the version that it is compared with, `now` the one that is tried.
    """

    at: datetime
    event: UUID | None
    trigger: str
    entity: str | None
    then: Decided
    now: Decided


class Untold(msgspec.Struct, frozen=True):
    """Why something cannot be told, how often, and one event for which it is so."""

    why: str
    count: int
    event: UUID | None


class EffectExample(msgspec.Struct, frozen=True, kw_only=True):
    """Something that only one of the versions would have done."""

    at: datetime
    event: UUID | None
    only: Literal["then", "now"]
    args: dict[str, Any]
    made_up: bool


class EffectCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often something would have been done by each version. `what` is an action (`kommo.add_tags`) or `start NAME`,
    `emit NAME`, `ask NAME`, `approve`, `cancel NAME`, `fail CODE`.

    `gone` and `new` count what only one version does, argument for argument. `made_up` counts those of `now` that
    follow from an answer which nobody gave.
    """

    what: str
    then: int
    now: int
    gone: int
    new: int
    made_up: int
    examples: list[EffectExample]


class RuleCompared(msgspec.Struct, frozen=True, kw_only=True):
    """One rule or sequence. `decisions` counts the events that it hears in either version, and firings by the clock.

    `differ` counts decisions that are others now; `cannot_tell` those of which nobody can say, with `reasons`;
    `unclear` the events at which it fires and what it does then cannot be told, or rests on an
    answer that is made up. `messages` are those to persons. `spend` is what was recorded, by currency.
    """

    rule: str
    kind: Literal["rule", "sequence"]
    file: str
    change: Change
    decisions: int
    fired_then: int
    fired_now: int
    differ: int
    cannot_tell: int
    unclear: int
    differences: list[DecisionDiffers]
    reasons: list[Untold]
    effects: list[EffectCount]
    messages_then: int
    messages_now: int
    spend_then: list[Spent]
    spend_now: list[Spent]


class Backtested(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a backtest. `events` were replayed, `skipped` came through connections that are gone; `starts` are
    those by hand.

    `differs` says whether any decision or effect differs that can be told. `rules` are those of both versions.
    """

    since: datetime
    until: datetime
    events: int
    skipped: int
    starts: int
    differs: bool
    decisions: int
    differ: int
    cannot_tell: int
    effects_differ: int
    rules: list[RuleCompared]
