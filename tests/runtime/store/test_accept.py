"""The contract of accept and of recognising our own changes."""

from __future__ import annotations

import asyncio

import pytest
from tests.runtime.store.making import CONNECTION, LEASE, arrival, delivery, done, event, intent, move, one_claimed

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, EventFilter, Go, Store


async def test_an_event_is_stored_as_it_came(store: Store) -> None:
    data = b'{"price": 1.10, "huge": 1e400, "deep": [[[]]], "odd": "\\u0000 \\ud800", "big": 12345678901234567890123}'
    given = arrival(data=data, key="k", entity="a:1", version="v", trigger="kommo.lead_created", hops=3)
    before = await store.now()
    assert await store.accept([delivery(b"\0\xff")], [given]) == {}
    found = await store.event(given.event.id)
    assert found is not None
    assert (found.data, found.key, found.entity, found.version) == (data, "k", "a:1", "v")
    assert (found.trigger, found.hops, found.connection_id) == ("kommo.lead_created", 3, CONNECTION)
    assert before <= found.received_at <= await store.now()
    assert found.received_at.utcoffset() is not None


async def test_texts_that_a_database_refuses_are_replaced(store: Store) -> None:
    given = arrival(entity="a:\0", version="\ud800", key="k\0\ud800", unread="\0")
    await store.accept([], [given])
    found = await store.event(given.event.id)
    assert found is not None
    assert (found.entity, found.version, found.unread) == ("a:\ufffd", "?", "\ufffd")
    assert await store.accept([], [arrival(key="k\0\ud800")]) != {}


async def test_a_second_event_of_the_same_key_starts_nothing(store: Store) -> None:
    first, second = arrival(key="k"), arrival(key="k")
    assert await store.accept([], [first]) == {}
    assert await store.accept([], [second]) == {second.event.id: first.event.id}
    assert await store.event(second.event.id) is None
    assert [each.run_id for each in await store.claim(new_id(), 10, LEASE)] == [first.runs[0].id]


async def test_duplicates_within_a_batch_point_to_the_first(store: Store) -> None:
    old = arrival(key="old")
    await store.accept([], [old])
    batch = [arrival(key="new"), arrival(key="new"), arrival(key="old"), arrival(key="old"), arrival(), arrival()]
    ids = [each.event.id for each in batch]
    assert await store.accept([], batch) == {ids[1]: ids[0], ids[2]: old.event.id, ids[3]: old.event.id}
    assert len(await store.claim(new_id(), 10, LEASE)) == 4


async def test_a_key_counts_within_its_connection(store: Store) -> None:
    mine, theirs, nobodys = (arrival(key="k", connection_id=each) for each in (CONNECTION, new_id(), None))
    assert await store.accept([], [mine, theirs, nobodys]) == {}
    found = await store.event(nobodys.event.id)
    assert found is not None
    assert found.connection_id is None
    again = arrival(key="k", connection_id=None)
    assert await store.accept([], [again]) == {again.event.id: nobodys.event.id}


async def test_a_repeated_accept_is_harmless(store: Store) -> None:
    body = delivery()
    batch = [arrival(key="k"), arrival()]
    assert await store.accept([body], batch) == {}
    assert await store.accept([body], batch) == {}
    assert len(await store.claim(new_id(), 10, LEASE)) == 2
    assert await store.accept([body], batch) == {}
    assert await store.claim(new_id(), 10, LEASE) == []


async def test_the_same_key_at_once_is_stored_once(store: Store) -> None:
    batches = [[arrival(key=f"k{number}") for number in order] for order in (range(20), range(19, -1, -1)) * 4]
    answers = await asyncio.gather(*(store.accept([], batch) for batch in batches))
    assert sum(len(answer) for answer in answers) == 7 * 20
    stored = {each.id for each in await store.events(EventFilter(limit=100))}
    assert len(stored) == 20
    assert {first for answer in answers for first in answer.values()} <= stored
    assert len(await store.claim(new_id(), 100, LEASE)) == 20


async def test_an_event_may_start_several_runs_or_none(store: Store) -> None:
    two = arrival()
    await store.accept([], [Arrival(event()), Arrival(two.event, (*two.runs, *arrival().runs))])
    assert len(await store.claim(new_id(), 10, LEASE)) == 2


async def test_nothing_at_all_is_accepted(store: Store) -> None:
    assert await store.accept([], []) == {}


@pytest.mark.parametrize("size", [1, 2, 500])
async def test_batches_of_any_size(store: Store, size: int) -> None:
    batch = [arrival(key=str(number), data=b'"%d"' % number) for number in range(size)]
    assert await store.accept([], batch) == {}
    found = await store.claim(new_id(), size + 1, LEASE)
    assert {(each.run_id, each.event and each.event.data) for each in found} == {
        (each.runs[0].id, each.event.data) for each in batch
    }


async def test_echoes_tell_what_we_changed(store: Store) -> None:
    run = await one_claimed(store, new_id())
    wrote, failed, other = (intent(seq=1, entity="a:1"), intent(seq=2, entity="a:1"), intent(seq=3, entity="a:2"))
    await store.commit([move(run, steps=(wrote,))])
    (open_one,) = await store.echoes(CONNECTION, ["a:1", "a:9"])
    assert (open_one.run_id, open_one.origin, open_one.version, open_one.open) == (run.run_id, "R", None, True)
    await store.commit([move(run, Go(), outcome=done(wrote, version="7"), steps=(failed,))])
    await store.commit([move(run, Go(), outcome=done(failed, state="failed"), steps=(other,))])
    (settled,) = await store.echoes(CONNECTION, ["a:1"])
    assert (settled.version, settled.open) == ("7", False)
    assert len(await store.echoes(CONNECTION, ["a:1", "a:2"])) == 2
    assert await store.echoes(new_id(), ["a:1"]) == []


async def test_an_unknown_outcome_may_still_have_happened(store: Store) -> None:
    run = await one_claimed(store, new_id())
    step = intent(entity="a:1")
    await store.commit([move(run, steps=(step,))])
    await store.commit([move(run, outcome=done(step, state="unknown"))])
    (echo,) = await store.echoes(CONNECTION, ["a:1"])
    assert echo.open
