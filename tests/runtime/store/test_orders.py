"""The contract of orders from outside: a run that is told to end hears of it, whatever it is doing."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.runtime.store.making import LEASE, move, one_claimed, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import End, Fault, Go, Park, Sleep, Store

FAULT = Fault("cancelled", "ana cancelled it")


@pytest.mark.parametrize("then", [Sleep(3600.0), Park(), Sleep(3600.0, "matching")])
async def test_a_run_that_rests_is_due_at_once_and_finds_the_order(store: Store, then: Sleep | Park) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, then)])
    assert await store.order_end([claimed.run_id], new_id(), FAULT) == {claimed.run_id: then.status}
    (again,) = await store.claim(new_id(), 10, LEASE)
    assert [(each.kind, each.fault) for each in again.signals] == [("end", FAULT)]


async def test_a_run_that_nobody_has_claimed_yet_finds_the_order(store: Store) -> None:
    waiting = run()
    await store.start([waiting])
    await store.order_end([waiting.id], new_id(), FAULT)
    (claimed,) = await store.claim(new_id(), 10, LEASE)
    assert [each.kind for each in claimed.signals] == ["end"]


async def test_who_writes_about_a_run_is_told_that_something_came(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    told: set[UUID] = set()
    assert await store.commit([move(claimed, Go())], told) == set()
    assert told == set()
    await store.order_end([claimed.run_id], new_id(), FAULT)
    assert await store.commit([move(claimed, Go())], told) == set()
    assert told == {claimed.run_id}
    (signal,) = (await store.signals([claimed.run_id]))[claimed.run_id]
    told.clear()
    await store.commit([move(claimed, Go(), read=(signal.id,))], told)
    assert told == set()


async def test_an_order_is_given_once_and_not_to_a_run_that_is_over(store: Store) -> None:
    claimed, by = await one_claimed(store, new_id()), new_id()
    for _ in range(2):
        await store.order_end([claimed.run_id], by, FAULT)
    assert len((await store.signals([claimed.run_id]))[claimed.run_id]) == 1
    await store.commit([move(claimed, End("done"))])
    assert await store.order_end([claimed.run_id, new_id()], by, FAULT) == {claimed.run_id: "done"}
    assert await store.signals([claimed.run_id]) == {}
