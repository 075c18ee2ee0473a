"""The contract of the counters: throttles, quiet groups, limits, schedules. Exact, and harmless to repeat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import LEASE, arrival, event, move, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, End, Store
from treadle.runtime.store.postgres import PostgresStore

SHORT = 0.3


async def test_a_throttle_lets_so_many_through_and_each_once(store: Store) -> None:
    runs = [new_id() for _ in range(4)]
    found = [await store.throttle("R", "k", 2, 60.0, each) for each in (*runs, runs[0], runs[3])]
    assert found == [True, True, False, False, True, False]
    assert await store.throttle("R", "other", 2, 60.0, runs[3])
    assert await store.throttle("Q", "k", 2, 60.0, runs[3])


async def test_a_throttle_slides(store: Store, pass_time: PassTime) -> None:
    assert await store.throttle("R", "k", 1, SHORT, new_id())
    assert not await store.throttle("R", "k", 1, SHORT, new_id())
    await pass_time(SHORT + 0.05)
    assert await store.throttle("R", "k", 1, SHORT, new_id())


async def test_a_throttle_is_exact_under_a_rush(store: Store) -> None:
    found = await asyncio.gather(*(store.throttle("R", "k", 3, 60.0, new_id()) for _ in range(12)))
    assert found.count(True) == 3


async def group(store: Store, count: int) -> tuple[list[UUID], list[UUID]]:
    arrivals = [arrival() for _ in range(count)]
    await store.accept([], arrivals)
    return [each.runs[0].id for each in arrivals], [each.event.id for each in arrivals]


async def test_the_last_event_of_a_group_fires_and_brings_all(store: Store) -> None:
    runs, events = await group(store, 3)
    assert [await store.join_quiet("R", "k", each) for each in runs] == [True, True, True]
    assert [await store.take_quiet("R", "k", each) for each in runs] == [None, None, events]
    assert await store.take_quiet("R", "k", runs[2]) == events
    assert await store.join_quiet("R", "k", runs[2])


async def test_a_late_comer_with_an_older_event_does_not_fire(store: Store) -> None:
    (older, newer), events = await group(store, 2)
    assert await store.join_quiet("R", "k", newer)
    assert not await store.join_quiet("R", "k", older)
    assert not await store.join_quiet("R", "k", older)
    assert await store.take_quiet("R", "k", newer) == events


async def test_a_closed_group_is_followed_by_a_new_one(store: Store) -> None:
    (first, second), events = await group(store, 2)
    await store.join_quiet("R", "k", first)
    assert await store.take_quiet("R", "k", first) == events[:1]
    assert await store.join_quiet("R", "k", second)
    assert await store.take_quiet("R", "k", second) == events[1:]


async def test_a_group_whose_last_run_ended_begins_anew(store: Store) -> None:
    (first, second), events = await group(store, 2)
    claimed = {each.run_id: each for each in await store.claim(new_id(), 10, LEASE)}
    await store.join_quiet("R", "k", first)
    await store.commit([move(claimed[first], End("stopped"))])
    await store.join_quiet("R", "k", second)
    assert await store.take_quiet("R", "k", second) == events[1:]


async def test_a_run_without_an_event_has_its_own_place_in_a_group(store: Store) -> None:
    made = run()
    await store.start([made])
    assert await store.join_quiet("R", "k", made.id)
    assert await store.take_quiet("R", "k", made.id) == []


async def test_a_run_may_be_in_a_group_from_its_start_on(store: Store) -> None:
    """So the one before it does not fire, though nobody has looked at the newer one yet."""
    older, newer = ((made := event()), run(event_id=made.id)), ((other := event()), run(event_id=other.id, quiet="k"))
    await store.accept([], [Arrival(older[0], (older[1],))])
    assert await store.join_quiet("R", "k", older[1].id)
    await store.accept([], [Arrival(newer[0], (newer[1],))])
    assert await store.take_quiet("R", "k", older[1].id) is None
    assert await store.take_quiet("R", "k", newer[1].id) == [older[0].id, newer[0].id]


async def test_a_limit_tells_when_there_is_room(store: Store, pass_time: PassTime) -> None:
    one = Decimal(1)
    first = new_id()
    assert await store.take_limit("calm", "k", Decimal(2), one, SHORT, first) == 0.0
    assert await store.take_limit("calm", "k", Decimal(2), one, SHORT, first) == 0.0
    assert await store.take_limit("calm", "k", Decimal(2), one, SHORT, new_id()) == 0.0
    wait = await store.take_limit("calm", "k", Decimal(2), one, SHORT, new_id())
    assert 0 < wait <= SHORT
    assert await store.take_limit("calm", "other", Decimal(2), one, SHORT, new_id()) == 0.0
    await pass_time(wait + 0.05)
    assert await store.take_limit("calm", "k", Decimal(2), one, SHORT, new_id()) == 0.0


async def test_a_limit_of_money_counts_amounts(store: Store) -> None:
    five = Decimal("5.00")
    assert await store.take_limit("spend", "k", five, Decimal("3.50"), 60.0, new_id()) == 0.0
    assert await store.take_limit("spend", "k", five, Decimal("1.51"), 60.0, new_id()) > 0
    assert await store.take_limit("spend", "k", five, Decimal("1.50"), 60.0, new_id()) == 0.0
    assert await store.take_limit("spend", "k", five, Decimal(6), 60.0, new_id()) == 60.0


async def test_a_limit_is_exact_under_a_rush(store: Store) -> None:
    taken = await asyncio.gather(
        *(store.take_limit("calm", "k", Decimal(3), Decimal(1), 60.0, new_id()) for _ in range(12))
    )
    assert taken.count(0.0) == 3


async def test_a_schedule_begins_now_and_fires_each_instant_once(store: Store) -> None:
    now = await store.now()
    (begun,) = (await store.planned(["R/0"])).values()
    assert abs((begun - now).total_seconds()) < 5
    assert await store.planned(["R/0"]) == {"R/0": begun}
    planned = begun + timedelta(seconds=1)
    made = run(rule="Clock")
    answers = await asyncio.gather(*(store.fire("R/0", planned, planned, [made]) for _ in range(4)))
    assert answers.count(True) == 1
    assert not await store.fire("R/0", planned, planned, [run()])
    assert [each.run_id for each in await store.claim(new_id(), 10, LEASE)] == [made.id]
    assert await store.planned(["R/0"]) == {"R/0": planned}


async def test_what_was_dealt_with_is_not_fired_again(store: Store) -> None:
    begun = (await store.planned(["R/0"]))["R/0"]
    hour = timedelta(hours=1)
    assert await store.fire("R/0", begun + hour, begun + 5 * hour, [])
    assert not await store.fire("R/0", begun + 3 * hour, begun + 3 * hour, [run()])
    assert await store.fire("R/0", begun + 6 * hour, begun + 6 * hour, [])


async def test_windows_in_which_nothing_counts_any_more_are_swept_out(postgres_store: PostgresStore) -> None:
    for key, window in (("short", 0.05), ("long", 60.0)):
        assert await postgres_store.throttle("R", key, 1, window, new_id())
    await asyncio.sleep(0.1)
    await postgres_store.heartbeat(new_id(), "w", claimed=0, progressed=True)
    async with postgres_store._pool.connection() as one:
        cursor = await one.execute("select (select count(*) from windows), (select count(*) from window_uses)")
        assert await cursor.fetchone() == (1, 1)
    assert await postgres_store.throttle("R", "short", 1, 0.05, new_id())
    assert not await postgres_store.throttle("R", "long", 1, 60.0, new_id())


async def test_what_was_taken_of_a_limit_is_settled(store: Store) -> None:
    five, token, other = Decimal(5), new_id(), new_id()
    assert await store.take_limit("purse", "k", five, Decimal(4), 60.0, token) == 0.0
    await store.settle_limit("purse", "k", token, Decimal("0.5"))
    await store.settle_limit("purse", "k", new_id(), Decimal(9))
    assert await store.take_limit("purse", "k", five, Decimal(4), 60.0, token) == 0.0
    assert await store.take_limit("purse", "k", five, Decimal("4.6"), 60.0, other) > 0
    assert await store.take_limit("purse", "k", five, Decimal("4.5"), 60.0, other) == 0.0
    await store.settle_limit("purse", "k", other, Decimal(0))
    assert await store.take_limit("purse", "k", five, Decimal("4.6"), 60.0, other) > 0
    assert await store.take_limit("purse", "k", five, Decimal("4.5"), 60.0, other) == 0.0
    await store.settle_limit("purse", "k", other, Decimal(7))
    assert await store.take_limit("purse", "k", five, Decimal("0.01"), 60.0, new_id()) > 0
