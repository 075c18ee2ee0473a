"""Counting what differs, rule by rule. Owns what is kept of it: counts of everything, a few examples of each."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from treadle.dsl import values
from treadle.runtime.backtest.branches import Case, Did
from treadle.runtime.backtest.report import Change, DecisionDiffers, EffectCount, EffectExample, RuleCompared, Untold
from treadle.runtime.costs import Spent

MOST_EXAMPLES = 20
_MOST_REASONS = 20
_LONGEST_ARGS = 4_000


class Counted(msgspec.Struct):
    """What came in; changed in place. See `Backtested`."""

    events: int = 0
    skipped: int = 0
    starts: int = 0


class EffectTally(msgspec.Struct):
    """Of one action; changed in place."""

    then: int = 0
    now: int = 0
    gone: int = 0
    new: int = 0
    made_up: int = 0
    examples: list[EffectExample] = msgspec.field(default_factory=list)

    def only(self, case: Case, did: Did, side: str) -> None:
        """One version alone does this."""
        self.gone += side == "then"
        self.new += side == "now"
        if sum(each.only == side for each in self.examples) < MOST_EXAMPLES // 2:
            event = case.event.id if case.event else None
            args = values.decode(values.encode(did.args))
            shown = args if len(values.encode(args)) <= _LONGEST_ARGS else {}
            self.examples.append(
                EffectExample(at=case.at, event=event, only=side, args=shown, made_up=did.made_up)  # type: ignore[arg-type]
            )


class RuleTally:
    """Of one rule or sequence."""

    def __init__(self) -> None:
        self.decisions = self.fired_then = self.fired_now = self.differ = self.cannot_tell = self.unclear = 0
        self.messages_then = self.messages_now = 0
        self.spend: dict[tuple[str, str], Decimal] = {}
        self.differences: list[DecisionDiffers] = []
        self.effects: dict[str, EffectTally] = {}
        self._reasons: Counter[str] = Counter()
        self._examples: dict[str, UUID | None] = {}

    def reason(self, why: str, event: UUID | None) -> None:
        """Something cannot be told because of this."""
        if why not in self._reasons and len(self._reasons) >= _MOST_REASONS:
            why = "other reasons"
        self._reasons[why] += 1
        self._examples.setdefault(why, event)

    def differs(self, difference: DecisionDiffers) -> None:
        """A decision is another now."""
        self.differ += 1
        if len(self.differences) < MOST_EXAMPLES:
            self.differences.append(difference)

    def effect(self, what: str) -> EffectTally:
        """What is counted of one action."""
        return self.effects.setdefault(what, EffectTally())

    @property
    def effects_differ(self) -> int:
        """How many effects only one version has."""
        return sum(each.gone + each.new for each in self.effects.values())

    def _spent(self, side: str) -> list[Spent]:
        return [Spent(amount, currency) for (of, currency), amount in sorted(self.spend.items()) if of == side]

    def told(self, rule: str, kind: str, file: str, change: Change) -> RuleCompared:
        """As the report shows it."""
        return RuleCompared(
            rule=rule,
            kind=kind,  # type: ignore[arg-type]
            file=file,
            change=change,
            decisions=self.decisions,
            fired_then=self.fired_then,
            fired_now=self.fired_now,
            differ=self.differ,
            cannot_tell=self.cannot_tell,
            unclear=self.unclear,
            differences=self.differences,
            reasons=[Untold(why, count, self._examples[why]) for why, count in self._reasons.most_common()],
            effects=[
                EffectCount(what=what, **msgspec.structs.asdict(each)) for what, each in sorted(self.effects.items())
            ],
            messages_then=self.messages_then,
            messages_now=self.messages_now,
            spend_then=self._spent("then"),
            spend_now=self._spent("now"),
        )


def known(at: datetime) -> str:
    """An instant in a sentence."""
    return at.strftime("%Y-%m-%d %H:%M UTC")
