"""The contract of a worker's life: claims, leases, fencing, ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import LEASE, arrival, done, intent, move, one_claimed, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import End, Fault, Go, Park, RunFilter, Sleep, Store

SHORT = 0.2
"""Seconds of a lease that a test waits for."""


async def test_a_run_is_claimed_by_one_worker(store: Store) -> None:
    await store.accept([], [arrival() for _ in range(40)])
    workers = [new_id() for _ in range(4)]
    taken = await asyncio.gather(*(store.claim(worker, 13, LEASE) for worker in workers))
    assert max(map(len, taken)) <= 13
    rest = await store.claim(new_id(), 50, LEASE)
    ids = [each.run_id for part in (*taken, rest) for each in part]
    assert len(ids) == len(set(ids)) == 40
    assert {each.epoch for part in taken for each in part} == {1}


async def test_a_claim_brings_all_that_is_needed(store: Store) -> None:
    given = arrival(entity="a:1", data=b'{"a": 1}')
    await store.accept([], [given])
    (found,) = await store.claim(new_id(), 1, LEASE)
    new = given.runs[0]
    assert (found.run_id, found.graph, found.kind, found.rule) == (new.id, new.graph, new.kind, new.rule)
    assert (found.status, found.state, found.crashes) == ("running", b"{}", 0)
    assert found.intent is None
    assert found.event == await store.event(given.event.id)
    assert found.workspace_id == store.workspace_id
    assert abs((found.now - await store.now()).total_seconds()) < 5


async def test_the_longest_due_goes_first(store: Store, pass_time: PassTime) -> None:
    late, early = arrival(delay=0.02), arrival(delay=0.01)
    await store.accept([], [late, early])
    await pass_time(0.05)
    assert [each.run_id for each in await store.claim(new_id(), 1, LEASE)] == [early.runs[0].id]


async def test_runs_that_are_due_at_one_moment_go_in_the_order_of_their_ids(store: Store) -> None:
    runs = [run() for _ in range(6)]
    await store.start(runs[::-1])
    claimed = [each.run_id for _ in range(2) for each in await store.claim(new_id(), 3, LEASE)]
    assert claimed == [each.id for each in runs]


async def test_a_delayed_run_is_not_due(store: Store, pass_time: PassTime) -> None:
    await store.accept([], [arrival(delay=SHORT)])
    assert await store.claim(new_id(), 1, LEASE) == []
    await pass_time(SHORT + 0.05)
    assert len(await store.claim(new_id(), 1, LEASE)) == 1


async def test_a_lease_that_ends_is_taken_over_with_its_intent(store: Store, pass_time: PassTime) -> None:
    first = await one_claimed(store, new_id(), lease=SHORT)
    step = intent(input=b'{"x": 1}', tries=1)
    assert await store.commit([move(first, state=b'{"s": 2}', steps=(step,))]) == set()
    assert await store.claim(new_id(), 1, LEASE) == []
    await pass_time(SHORT + 0.05)
    (second,) = await store.claim(new_id(), 1, LEASE)
    assert (second.run_id, second.epoch, second.crashes, second.state) == (first.run_id, 2, 1, b'{"s": 2}')
    assert second.intent is not None
    assert (second.intent.id, second.intent.input, second.intent.state) == (step.id, b'{"x": 1}', "intent")
    assert (second.intent.effect, second.intent.tries) == ("blind", 1)


@pytest.mark.parametrize("then", [Go(), Sleep(1.0), Park(), End("done")])
async def test_an_older_epoch_writes_nothing(store: Store, pass_time: PassTime, then: Any) -> None:
    old = await one_claimed(store, new_id(), lease=SHORT)
    await store.commit([move(old, steps=(open_step := intent(),))])
    await pass_time(SHORT + 0.05)
    (new,) = await store.claim(new_id(), 1, LEASE)
    before = (await store.steps(old.run_id), await store.run(old.run_id))
    late = move(old, then, state=b'"late"', outcome=done(open_step), steps=(intent(seq=2),), starts=(run(),))
    assert await store.commit([late]) == {old.run_id}
    assert (await store.steps(old.run_id), await store.run(old.run_id)) == before
    assert await store.claim(new_id(), 10, LEASE) == []
    await store.release(new_id())
    assert await store.commit([move(new, End("done"))]) == set()


async def test_a_batch_writes_what_is_not_fenced(store: Store) -> None:
    await store.accept([], [arrival(), arrival()])
    one, other = await store.claim(new_id(), 2, LEASE)
    wrong = move(other, End("done"), epoch=0)
    assert await store.commit([wrong, move(one, End("done"))]) == {other.run_id}
    assert [each.id for each in await store.runs(RunFilter(status="done"))] == [one.run_id]


async def test_a_run_that_nobody_knows_is_fenced(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    unknown = move(claimed, End("done"), run_id=new_id())
    assert await store.commit([unknown]) == {unknown.run_id}


@pytest.mark.parametrize("then", [Go(), Sleep(60.0), End("failed", Fault("c", "m"))])
async def test_a_repeated_commit_is_harmless(store: Store, then: Any) -> None:
    claimed = await one_claimed(store, new_id())
    child = run()
    step, other = intent(seq=1), intent(seq=2, state="done", output=b"1")
    await store.commit([move(claimed, steps=(step,))])
    last = move(claimed, then, outcome=done(step, output=b"2"), steps=(other,), starts=(child,))
    assert await store.commit([last]) == set()
    assert await store.commit([last]) == set()
    assert [each.id for each in await store.steps(claimed.run_id)] == [step.id, other.id]
    assert [each.run_id for each in await store.claim(new_id(), 10, LEASE)] == [child.id]


async def test_a_repeated_end_does_not_start_again_what_has_ended(store: Store) -> None:
    claimed = await one_claimed(store, worker := new_id())
    last = move(claimed, End("done"), starts=(run(),))
    await store.commit([last])
    (child,) = await store.claim(worker, 10, LEASE)
    await store.commit([move(child, End("done"))])
    assert await store.commit([last]) == set()
    assert await store.claim(worker, 10, LEASE) == []


async def test_renewing_prolongs_own_live_leases_only(store: Store, pass_time: PassTime) -> None:
    mine, other = new_id(), new_id()
    kept = await one_claimed(store, mine, lease=SHORT)
    await one_claimed(store, other, lease=SHORT)
    await store.accept([], [arrival(delay=3600.0)])
    assert await store.renew(mine, LEASE) == 1
    await pass_time(SHORT + 0.05)
    assert await store.renew(other, LEASE) == 0
    (taken,) = await store.claim(new_id(), 10, LEASE)
    assert taken.run_id != kept.run_id


async def test_a_released_run_is_due_at_once_and_has_not_crashed(store: Store) -> None:
    first = await one_claimed(store, worker := new_id())
    assert await store.release(new_id()) == 0
    assert await store.release(worker) == 1
    (second,) = await store.claim(new_id(), 1, LEASE)
    assert (second.run_id, second.epoch, second.crashes) == (first.run_id, 2, 0)


async def test_crashes_count_until_a_lease_is_given_back(store: Store, pass_time: PassTime) -> None:
    await one_claimed(store, new_id(), lease=0.05)
    crashes = []
    for _ in range(2):
        await pass_time(0.1)
        (claimed,) = await store.claim(new_id(), 1, 0.05)
        crashes.append(claimed.crashes)
    await store.commit([move(claimed, Sleep(0.0))])
    (after,) = await store.claim(new_id(), 1, LEASE)
    assert ([*crashes, after.crashes]) == [1, 2, 0]


async def test_sleeping_and_parking(store: Store, pass_time: PassTime) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, Sleep(SHORT))])
    row = await store.run(claimed.run_id)
    assert row is not None
    assert row.status == "waiting"
    assert row.due_at is not None
    assert 0 < (row.due_at - await store.now()).total_seconds() <= SHORT
    assert await store.claim(new_id(), 1, LEASE) == []
    await pass_time(SHORT + 0.05)
    (again,) = await store.claim(new_id(), 1, LEASE)
    assert (again.status, again.crashes) == ("waiting", 0)
    await store.commit([move(again, Park())])
    parked = await store.run(claimed.run_id)
    assert parked is not None
    assert parked.status == "unknown"
    assert await store.claim(new_id(), 1, LEASE) == []


async def test_an_end_stays_as_history(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, End("failed", Fault("broken", "It broke.")))])
    row = await store.run(claimed.run_id)
    assert row is not None
    assert (row.status, row.error, row.due_at) == ("failed", Fault("broken", "It broke."), None)
    assert row.ended_at is not None
    assert row.ended_at >= row.created_at
    assert (await store.load()).due == 0


async def test_an_intent_stays_open_until_its_outcome(store: Store) -> None:
    claimed = await one_claimed(store, worker := new_id())
    step = intent()
    await store.commit([move(claimed, steps=(step,))])
    failed_try = done(step, state="intent", tries=1, error=Fault("timeout", "Slow."))
    await store.commit([move(claimed, Sleep(0.0, "running"), outcome=failed_try)])
    (again,) = await store.claim(worker, 1, LEASE)
    assert again.intent is not None
    assert (again.intent.tries, again.intent.error) == (1, Fault("timeout", "Slow."))
    await store.commit([move(again, Go(), outcome=done(step, tries=2, output=b"5", version="v2"))])
    await store.release(worker)
    (settled,) = await store.claim(worker, 1, LEASE)
    assert settled.intent is None
    (found,) = await store.steps(claimed.run_id)
    assert (found.state, found.tries, found.output, found.version, found.error) == ("done", 2, b"5", "v2", None)


async def test_an_outcome_and_the_next_intent_in_one_write(store: Store) -> None:
    claimed = await one_claimed(store, worker := new_id())
    first, second = intent(seq=1), intent(seq=2)
    await store.commit([move(claimed, steps=(first,))])
    await store.commit([move(claimed, outcome=done(first), steps=(second,))])
    await store.release(worker)
    (again,) = await store.claim(worker, 1, LEASE)
    assert again.intent is not None
    assert again.intent.id == second.id


async def test_loaded_data_stays_with_the_event(store: Store) -> None:
    claimed = await one_claimed(store, worker := new_id())
    assert claimed.event is not None
    await store.commit([move(claimed, Sleep(0.0), loaded=b'{"full": 1.50}')])
    (again,) = await store.claim(worker, 1, LEASE)
    assert again.event is not None
    assert again.event.loaded == b'{"full": 1.50}'
    assert again.event.data == b"{}"


async def test_started_runs_are_linked_and_delayed(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    now, later = (run(kind="sequence", parent_id=claimed.run_id, hops=1, delay=each) for each in (0.0, 60.0))
    await store.commit([move(claimed, starts=(now, later))])
    (child,) = await store.claim(new_id(), 10, LEASE)
    assert (child.run_id, child.kind, child.hops, child.event) == (now.id, "sequence", 1, None)
    row = await store.run(later.id)
    assert row is not None
    assert row.parent_id == claimed.run_id


async def test_a_key_is_held_by_the_first(store: Store, pass_time: PassTime) -> None:
    first, second = new_id(), new_id()
    assert await store.once("R", "k", SHORT, first)
    assert await store.once("R", "k", SHORT, first)
    assert not await store.once("R", "k", SHORT, second)
    assert await store.once("other", "k", SHORT, second)
    assert await store.once("R", "k2", SHORT, second)
    await pass_time(SHORT + 0.05)
    assert await store.once("R", "k", LEASE, second)
    assert not await store.once("R", "k", SHORT, first)


async def test_a_key_that_was_free_again_is_held_anew_by_the_same_run(store: Store, pass_time: PassTime) -> None:
    first, second = new_id(), new_id()
    assert await store.once("R", "k", SHORT, first)
    await pass_time(SHORT + 0.05)
    assert await store.once("R", "k", LEASE, first)
    assert not await store.once("R", "k", LEASE, second)
    assert await store.once("R", "k", SHORT, first)


async def test_one_of_many_takes_the_key(store: Store) -> None:
    assert sum(await asyncio.gather(*(store.once("R", "k", LEASE, new_id()) for _ in range(10)))) == 1


async def test_load_and_workers(store: Store, pass_time: PassTime) -> None:
    await one_claimed(store, worker := new_id())
    await store.accept([], [arrival(), arrival(delay=3600.0)])
    await pass_time(0.05)
    load = await store.load()
    assert (load.due, load.claimed) == (1, 1)
    assert 0.04 < load.oldest_due < 30
    await store.heartbeat(worker, "w1", claimed=1, progressed=True)
    (first,) = await store.workers()
    await pass_time(0.01)
    await store.heartbeat(worker, "w1", claimed=2, progressed=False)
    (second,) = await store.workers()
    assert (second.id, second.name, second.claimed) == (worker, "w1", 2)
    assert second.seen_at > first.seen_at
    assert (second.progress_at, second.started_at) == (first.progress_at, first.started_at)
