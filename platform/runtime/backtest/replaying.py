"""The backtest: both versions live through the span side by side, event by event. Owns their order and what is let go.

It reads pages of events with what was answered then, keeps what is not over, and counts the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from treadle.runtime.backtest.branches import Branch, Case
from treadle.runtime.backtest.comparing import Comparison, branch_of
from treadle.runtime.backtest.gathering import Gatherer
from treadle.runtime.backtest.orders import Orders
from treadle.runtime.backtest.past import Past, PastStart, PastSwitch
from treadle.runtime.backtest.replica import Replica
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.backtest.tallies import Counted
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.ports import StoredEvent
from treadle.runtime.virtual import Endless

PAGE = 500
"""Events that are read at once."""
_STEP = timedelta(hours=1)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be replayed: `then` is compared with, `now` is tried. Nothing is told of rules that `rules` does not
    name, unless it names none.
    """

    since: datetime
    until: datetime
    then: Version
    now: Version
    setting: Setting
    rules: tuple[str, ...] = ()


class Progress(msgspec.Struct, frozen=True):
    """How far it is: `events` so far, up to the instant `at` of the span."""

    events: int
    at: datetime


Tell = Callable[[Progress], None]
"""Told after each page."""


class CannotReplay(Exception):
    """There is no end to it; the message says of what."""


async def backtest(plan: Plan, past: Past, tell: Tell = lambda _: None) -> Backtested:
    """What differs. Raises `CannotReplay` and `StoreDown`; may be cancelled."""
    return await _Replay(plan, past).run(tell)


class _Replay:
    def __init__(self, plan: Plan, past: Past) -> None:
        self._plan = plan
        self._past = past
        self._gatherer = Gatherer(past)
        self._clocked: dict[tuple[str, datetime], Case] = {}
        self._orders = Orders(past, plan.since, plan.until)
        self._counted = Counted()
        self._at = plan.since
        self._then = self._replica(plan.then, 0)
        self._now = self._replica(plan.now, 1)
        self._sides = (self._then, self._now)
        versions = (plan.then, plan.now)
        self._comparison = Comparison(self._then, self._now, versions, plan.setting, plan.since)

    def _replica(self, version: Version, side: int) -> Replica:
        def clocked(rule: str, at: datetime) -> Branch:
            case = self._clocked.setdefault((rule, at), Case(at=at, rule=rule))
            return branch_of(case, side)

        return Replica(version, self._plan.setting, self._plan.since, self._gatherer.of_one, clocked)

    async def run(self, tell: Tell) -> Backtested:
        """Page after page."""
        page = await self._read(None)
        while page:
            following = await self._read(page[-1])
            await self._page(page, following)
            tell(Progress(self._counted.events, page[-1].received_at))
            await asyncio.sleep(0)
            page = following
        await self._until(self._plan.until)
        self._finish()
        return self._comparison.report(self._plan.until, self._counted, self._plan.rules)

    async def _read(self, behind: StoredEvent | None) -> list[StoredEvent]:
        return await self._past.events(self._plan.since, self._plan.until, behind.id if behind else None, PAGE)

    async def _page(self, page: list[StoredEvent], following: list[StoredEvent]) -> None:
        given = [each for each in page if self._counts(each)]
        self._counted.events += len(given)
        answers = await self._gatherer.of_events(given, page + following)
        causes = await self._gatherer.causes(given)
        for event in given:
            await self._until(event.received_at)
            case = Case(at=event.received_at, event=event, answers=answers[event.id], cause=causes.get(event.id))
            await self._event(case, event)

    async def _event(self, case: Case, event: StoredEvent) -> None:
        self._comparison.heard(case)
        await self._both(lambda side, replica: replica.take(branch_of(case, side), event))
        self._settled(case)

    def _counts(self, event: StoredEvent) -> bool:
        """Events that a rule sent come from the replayed rule again."""
        if event.unread is not None or (event.cause is not None and event.trigger.startswith("event.")):
            return False
        gone = event.connection_id is not None and not event.trigger.startswith("webhook.")
        if gone and event.connection_id not in self._plan.setting.connections:
            self._counted.skipped += 1
            return False
        return True

    async def _until(self, moment: datetime) -> None:
        """Let the time pass, and what people ordered meanwhile happen."""
        while (ordered := await self._orders.due(moment)) is not None:
            await self._pass(ordered.at)
            if isinstance(ordered, PastSwitch):
                await self._switch(ordered)
            else:
                await self._start(ordered)
        await self._pass(moment)

    async def _switch(self, switch: PastSwitch) -> None:
        await self._both(lambda _, replica: replica.switch(switch.rule, switch.to))
        self._take_over()

    async def _start(self, start: PastStart) -> None:
        case = Case(at=start.at, start=start)
        self._counted.starts += 1
        await self._both(lambda side, replica: replica.begin(branch_of(case, side), start))
        self._settled(case)

    async def _pass(self, moment: datetime) -> None:
        """Side by side, in steps, so that what the clock starts in both is soon compared and let go."""
        while self._at < moment:
            self._at = min(self._at + _STEP, moment)
            await self._both(lambda _, replica: replica.at(self._at))
            self._take_over()

    async def _both(self, do: Callable[[int, Replica], Awaitable[None]]) -> None:
        for side, replica in enumerate(self._sides):
            try:
                await do(side, replica)
            except Endless as endless:
                raise CannotReplay(f"{_SIDES[side]}: {endless}") from None

    def _settled(self, case: Case) -> None:
        self._take_over()
        if case.over and not (case.then and case.then.runs) and not (case.now and case.now.runs):
            self._close(case)

    def _take_over(self) -> None:
        """Cases of which no run is left; both versions stand at the same instant."""
        ended = {id(branch.case): branch.case for replica in self._sides for branch in replica.over}
        for replica in self._sides:
            replica.over.clear()
        for case in ended.values():
            if case.over:
                self._close(case)

    def _close(self, case: Case) -> None:
        self._comparison.add(case)
        for replica, branch in zip(self._sides, (case.then, case.now), strict=True):
            if branch is not None:
                replica.forget(branch)
        if case.rule is not None:
            self._clocked.pop((case.rule, case.at), None)

    def _finish(self) -> None:
        """What is not over at the end of the span is counted as far as it came."""
        left = {id(each.case): each.case for replica in self._sides for each in replica.left()}
        for case in left.values():
            self._close(case)


_SIDES = ("the version it is compared with", "the version that is tried")
