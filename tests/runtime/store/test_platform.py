"""The contract of what the platform remembers to tell of itself: sights and tallies."""

from __future__ import annotations

import asyncio

from tests.runtime.store.conftest import PassTime

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Store

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
