from __future__ import annotations

import asyncio

import pytest

from treadle.runtime.committer import Committer
from treadle.runtime.ports import StoreDown, Unstorable


async def test_what_arrives_while_a_write_runs_goes_in_the_next_one():
    groups: list[list[int]] = []
    gate, began = asyncio.Event(), asyncio.Event()

    async def write(items):
        groups.append(list(items))
        began.set()
        await gate.wait()
        return [item * 2 for item in items]

    committer = Committer(write, largest=3)
    waiting = [asyncio.create_task(committer.put(0))]
    await began.wait()
    waiting += [asyncio.create_task(committer.put(item)) for item in range(1, 6)]
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*waiting) == [0, 2, 4, 6, 8, 10]
    assert groups == [[0], [1, 2, 3], [4, 5]]


@pytest.mark.parametrize("fault", [Unstorable, RuntimeError])
async def test_one_item_that_cannot_be_written_does_not_take_its_neighbours_along(fault):
    async def write(items):
        if 3 in items:
            raise fault("no")
        return items

    committer = Committer(write)
    results = await asyncio.gather(*(committer.put(item) for item in range(8)), return_exceptions=True)
    assert [result for result in results if not isinstance(result, fault)] == [0, 1, 2, 4, 5, 6, 7]


async def test_a_fault_that_passes_fails_nobody():
    groups = []

    async def write(items):
        groups.append(len(items))
        if len(groups) == 1:
            raise RuntimeError("once")
        return items

    committer = Committer(write)
    assert await asyncio.gather(*(committer.put(item) for item in range(4))) == [0, 1, 2, 3]
    assert groups == [4, 2, 2]


async def test_a_write_that_forgets_a_result_leaves_nobody_waiting():
    async def write(items):
        return []

    with pytest.raises(RuntimeError, match="1 items answered 0"):
        await asyncio.wait_for(Committer(write).put("a"), 1)


async def test_a_store_that_comes_back_is_waited_for():
    tries = 0

    async def write(items):
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreDown
        return items

    assert await Committer(write).put("a") == "a"
    assert tries == 3


async def test_a_store_that_stays_away_is_reported():
    async def write(items):
        raise StoreDown

    with pytest.raises(StoreDown):
        await Committer(write, patient=False).put("a")


async def test_who_waits_behind_a_store_that_does_not_answer_does_not_wait_once_more(monkeypatch):
    monkeypatch.setattr("treadle.runtime.committer._PATIENCE", 0.02)
    groups, began = [], asyncio.Event()

    async def write(items):
        groups.append(list(items))
        began.set()
        await asyncio.sleep(0.05)
        if len(groups) == 1:
            raise StoreDown
        return items

    committer = Committer(write, largest=2)
    first = asyncio.create_task(committer.put(0))
    await began.wait()
    results = await asyncio.gather(first, *(committer.put(item) for item in range(1, 6)), return_exceptions=True)
    assert [type(result) for result in results] == [StoreDown] * 6
    assert groups == [[0]]
    assert await committer.put(6) == 6


async def test_who_goes_away_leaves_the_others_their_results():
    gate = asyncio.Event()

    async def write(items):
        await gate.wait()
        return items

    committer = Committer(write)
    gone, stays = asyncio.create_task(committer.put(1)), asyncio.create_task(committer.put(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    gate.set()
    assert await stays == 2
