"""The contract of what the platform remembers to tell of itself: sights and tallies."""

from __future__ import annotations

import asyncio

from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import LEASE, arrival, event, intent, move, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, End, NewApproval, NewListen, Sleep, StepOutcome, Store

SHORT = 0.4


async def test_the_first_who_saw_a_key_is_told_to_all(store: Store) -> None:
    first, second = new_id(), new_id()
    assert await store.sight("errors", "k", 60.0, first) == first
    assert [await store.sight("errors", "k", 60.0, each) for each in (second, first)] == [first, first]
    assert await store.sight("errors", "other", 60.0, second) == second
    assert await store.sight("others", "k", 60.0, second) == second


async def test_a_key_that_went_unseen_for_its_time_is_seen_anew(store: Store, pass_time: PassTime) -> None:
    first, second, third = (new_id() for _ in range(3))
    await store.sight("errors", "k", SHORT, first)
    await pass_time(SHORT * 0.7)
    assert await store.sight("errors", "k", SHORT, second) == first
    await pass_time(SHORT * 0.7)
    assert await store.sight("errors", "k", 0.01, second) == first
    await pass_time(SHORT)
    assert await store.sight("errors", "k", SHORT, third) == third


async def test_a_tally_counts_each_once_and_gives_each_its_number(store: Store) -> None:
    tokens = [new_id() for _ in range(8)]
    found = await asyncio.gather(*(store.tally("n", "k", 60.0, each) for each in tokens))
    assert sorted(found) == list(range(1, 9))
    assert await store.tally("n", "k", 60.0, tokens[0]) == 8
    assert await store.tally("n", "other", 60.0, tokens[0]) == 1


async def test_a_tally_slides(store: Store, pass_time: PassTime) -> None:
    assert await store.tally("n", "k", SHORT, new_id()) == 1
    await pass_time(SHORT + 0.05)
    assert await store.tally("n", "k", SHORT, new_id()) == 1


async def test_a_worker_that_is_not_heard_of_is_silent_until_it_signs_off(store: Store, pass_time: PassTime) -> None:
    silent, leaving = new_id(), new_id()
    for each in (silent, leaving):
        await store.heartbeat(each, "w", claimed=2, progressed=True)
    await store.sign_off(leaving)
    assert await store.silent(60.0) == []
    await pass_time(0.05)
    ((found, claimed),) = [(row.id, row.claimed) for row in await store.silent(0.01)]
    assert (found, claimed) == (silent, 2)
    assert [row.id for row in await store.workers()] == [silent]
    await store.heartbeat(leaving, "w", claimed=0, progressed=True)
    assert len(await store.workers()) == 2


async def test_what_is_slow_is_a_call_under_way_or_work_that_lies(store: Store, pass_time: PassTime) -> None:
    await store.accept([], [arrival(rule=each) for each in ("calls", "rests", "driven")])
    calls, rests, _ = await store.claim(new_id(), 3, LEASE)
    await store.commit([move(calls, steps=(intent(id=(step := new_id())),))])
    await store.commit([move(rests, Sleep(60.0, "running"), steps=(intent(),))])
    older, newer = arrival(), arrival()
    await store.accept([], [older])
    await pass_time(0.05)
    await store.accept([], [newer])
    assert await store.slow(60.0) == []
    await pass_time(0.02)
    called, lies = await store.slow(0.01)
    assert (called.run_id, called.step_id, called.node) == (calls.run_id, step, "n1")
    assert (lies.run_id, lies.step_id, lies.node) == (older.runs[0].id, None, None)
    assert lies.seconds >= 0.05


async def dies(store: Store, pass_time: PassTime, times: int) -> None:
    """A worker claims what is due and says no more, so many times."""
    for _ in range(times):
        await store.claim(new_id(), 10, 0.03)
        await pass_time(0.05)


async def test_a_run_at_which_workers_died_is_claimed_apart(store: Store, pass_time: PassTime) -> None:
    harmful, innocent = arrival(), arrival()
    await store.accept([], [harmful])
    await dies(store, pass_time, 1)
    assert (await store.load()).suspects == 0
    await dies(store, pass_time, 1)
    await store.accept([], [innocent])
    assert (await store.load()).suspects == 1
    (other,) = await store.claim(new_id(), 10, LEASE, suspects=False)
    (suspect,) = await store.claim(new_id(), 10, LEASE, suspects=True)
    assert (other.run_id, other.crashes) == (innocent.runs[0].id, 0)
    assert (suspect.run_id, suspect.crashes) == (harmful.runs[0].id, 2)
    assert (await store.load()).suspects == 0


async def test_an_outcome_begins_the_count_of_dead_workers_anew(store: Store, pass_time: PassTime) -> None:
    made = arrival()
    await store.accept([], [made])
    await dies(store, pass_time, 2)
    (claimed,) = await store.claim(new_id(), 10, 0.2)
    step = intent(id=new_id())
    await store.commit([move(claimed, steps=(step,))])
    await store.commit([move(claimed, outcome=StepOutcome(id=step.id, state="done", tries=1))])
    await pass_time(0.25)
    ((again, crashes),) = [(each.run_id, each.crashes) for each in await store.claim(new_id(), 10, LEASE)]
    assert (again, crashes) == (claimed.run_id, 1)


async def test_nothing_is_left_that_nobody_would_bring_to_an_end(store: Store) -> None:
    listens = (NewListen(slot="l", trigger="t.answer"),)
    asks = (NewApproval(id=new_id(), slot="a", question="?", by="b", seconds=60.0),)
    made = arrival()
    await store.accept([], [made])
    assert await store.take_turn("R", "k", made.runs[0].id, "queue") is None
    assert await store.unattended() == {}
    (claimed,) = await store.claim(new_id(), 1, LEASE)
    await store.commit([move(claimed, Sleep(60.0), listens=listens, approvals=asks)])
    await store.accept([], [Arrival(event(trigger="t.answer"))])
    assert await store.unattended() == {}
    (again,) = await store.claim(new_id(), 1, LEASE)
    await store.commit([move(again, End("done"))])
    assert await store.unattended() == {}


async def test_what_nobody_would_bring_to_an_end_is_counted(store: Store) -> None:
    await store.accept([], [arrival(), arrival()])
    first, _ = await store.claim(new_id(), 2, LEASE)
    await store.commit([move(first, Sleep(500 * 86400.0))])
    assert await store.unattended() == {"waits": 1}


async def test_a_run_follows_from_the_first_of_its_chain(store: Store) -> None:
    first = arrival()
    child = run(kind="sequence", parent_id=first.runs[0].id)
    await store.accept([], [first])
    await store.start([child])
    emitted = event(cause=child.id)
    last = run(event_id=emitted.id)
    await store.accept([], [Arrival(emitted, (last,))])
    assert [await store.root(each) for each in (first.runs[0].id, child.id, last.id)] == [first.runs[0].id] * 3
    alone = new_id()
    assert await store.root(alone) == alone
