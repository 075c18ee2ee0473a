"""The clock of the worlds that are played on Postgres is the one that jumps, wherever the store asks for the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.runtime.clocked import clocked
from tests.runtime.store.making import intent, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import End, Go, RunFilter, Transition
from treadle.runtime.virtual import JumpingClock

START = datetime(2031, 5, 1, tzinfo=UTC)


async def test_all_times_are_those_of_the_clock(clocked_url: str) -> None:
    clock, new = JumpingClock(START), run(delay=3600.0)
    async with clocked(clocked_url) as store_on:
        store = store_on(clock.now)
        await store.start([new])
        assert await store.soonest() == START + timedelta(hours=1)
        assert await store.claim(new_id(), 1, 35.0) == []
        clock.jump(START + timedelta(hours=1))
        (claimed,) = await store.claim(new_id(), 1, 35.0)
        steps = (intent(seq=1, state="done"),)
        await store.commit([Transition(run_id=new.id, epoch=claimed.epoch, steps=steps, then=Go())])
        clock.jump(START + timedelta(hours=2))
        await store.commit([Transition(run_id=new.id, epoch=claimed.epoch, then=End("done"))])
        (row,), (step,) = await store.runs(RunFilter()), await store.steps(new.id)
        assert (row.created_at, claimed.now, step.started_at, row.ended_at) == (
            START,
            START + timedelta(hours=1),
            START + timedelta(hours=1),
            START + timedelta(hours=2),
        )
        assert await store.now() == clock.now()


async def test_each_store_is_empty_and_on_a_clock_of_its_own(clocked_url: str) -> None:
    async with clocked(clocked_url) as store_on:
        first, second = (store_on(JumpingClock(START + timedelta(days=n)).now) for n in range(2))
        await first.start([run()])
        assert (await first.now(), await second.now()) == (START, START + timedelta(days=1))
        assert (len(await first.runs(RunFilter())), await second.runs(RunFilter())) == (1, [])
        assert await second.soonest() is None
