"""The timetable: what is due is fired in order, and what is broken harms nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tests.runtime.store.conftest import VirtualClock

from treadle.dsl.expressions import Lit
from treadle.dsl.graph import Graph, Log, Schedule
from treadle.dsl.spans import Span
from treadle.runtime.firing import Timetable
from treadle.runtime.machine.program import Program
from treadle.runtime.ports import NewRun, RunFilter, StoreDown
from treadle.runtime.store.memory import MemoryStore

SPAN = Span(0, 1, 1, 1, 1, 2)


def rule(name: str, **schedule: object) -> Program:
    line = Schedule(span=SPAN, **schedule)  # type: ignore[arg-type]
    log = Log(id="s", span=SPAN, next=None, text=Lit(name, "text"))
    return Program(
        Graph(kind="rule", name=name, file="a.rule", span=SPAN, schedules=(line,), entry="s", nodes={"s": log})
    )


class Watched(MemoryStore):
    """Notes what is asked for; fails for the schedules of some rules."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.asked: list[list[str]] = []
        self.failing: dict[str, Exception] = {}

    async def planned(self, keys: Sequence[str]) -> dict[str, datetime]:
        self.asked.append([key.partition("/")[0] for key in keys])
        return await super().planned(keys)

    async def fire(self, key: str, planned: datetime, until: datetime, runs: Sequence[NewRun]) -> bool:
        if (failure := self.failing.get(key.partition("/")[0])) is not None:
            raise failure
        return await super().fire(key, planned, until, runs)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def store(clock: VirtualClock) -> Watched:
    return Watched(clock)


async def fired(store: Watched, table: Timetable, clock: VirtualClock, seconds: float) -> list[str]:
    """The rules that fire when so much time has passed, in their order."""
    before = {row.id for row in await store.runs(RunFilter(limit=1000))}
    await table.next(store)
    await clock.advance(seconds)
    await table.fire(store, clock())
    return [row.rule for row in reversed(await store.runs(RunFilter(limit=1000))) if row.id not in before]


async def test_only_what_is_due_is_asked_for(store: Watched, clock: VirtualClock) -> None:
    table = Timetable([rule("Day", seconds=86400.0), rule("Hour", seconds=3600.0), rule("Year", seconds=365 * 86400.0)])
    assert await fired(store, table, clock, 60) == ["Hour"]
    assert await fired(store, table, clock, 1) == []
    assert await fired(store, table, clock, 3600) == ["Hour"]
    assert store.asked == [["Day", "Hour", "Year"], ["Hour"], ["Hour"]]
    assert await table.next(store) == datetime(2026, 3, 29, 3, tzinfo=UTC)


async def test_what_is_due_fires_in_the_order_of_its_instants(store: Watched, clock: VirtualClock) -> None:
    table = Timetable(
        [rule("Later", cron="2 1 * * *"), rule("Sooner", cron="1 1 * * *"), rule("Same", cron="2 1 * * *")]
    )
    assert await fired(store, table, clock, 3600) == ["Sooner", "Later", "Same"]


async def test_one_that_never_comes_is_counted_and_the_others_fire(store: Watched, clock: VirtualClock) -> None:
    broken = [rule("February", cron="0 0 30 2 *"), rule("Nowhere", cron="0 0 * * *", zone="No/Where")]
    table = Timetable([*broken, rule("Hour", seconds=3600.0)])
    assert await fired(store, table, clock, 60) == ["Hour"]
    assert table.without_next == 2


async def test_one_that_fails_holds_up_nobody_and_is_made_up_for(store: Watched, clock: VirtualClock) -> None:
    table = Timetable([rule("Bad", seconds=3600.0), rule("Good", seconds=3600.0)])
    store.failing["Bad"] = ValueError("no")
    assert await fired(store, table, clock, 60) == ["Good"]
    store.failing.clear()
    assert await fired(store, table, clock, 59) == []
    assert await fired(store, table, clock, 1) == ["Bad"]
    assert await table.next(store) == datetime(2026, 3, 29, 2, tzinfo=UTC)


async def test_what_the_store_could_not_take_is_due_still(store: Watched, clock: VirtualClock) -> None:
    table = Timetable([rule("First", seconds=3600.0), rule("Second", seconds=3600.0), rule("Third", seconds=3600.0)])
    store.failing["Second"] = StoreDown("gone")
    with pytest.raises(StoreDown):
        await fired(store, table, clock, 60)
    store.failing.clear()
    assert await fired(store, table, clock, 1) == ["Second", "Third"]


async def test_thousands_are_put_in_order_once(store: Watched, clock: VirtualClock) -> None:
    table = Timetable([rule(f"R{number}", cron=f"{number % 60} 1 * * *") for number in range(2000)])
    assert len(await fired(store, table, clock, 65)) == len(range(0, 2000, 60))
    assert [len(keys) for keys in store.asked] == [2000, len(range(0, 2000, 60))]
    assert await table.next(store) - clock() < timedelta(seconds=60)
