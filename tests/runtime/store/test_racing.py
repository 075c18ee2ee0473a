"""What several processes do at once to what runs wait for. On the real store, over pools of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from tests.runtime.store.conftest import own_workspace
from tests.runtime.store.making import LEASE, event, move, one_claimed, run

from treadle.runtime.database import make_pool
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, Claimed, End, NewApproval, NewListen, Sleep, Unstorable
from treadle.runtime.store.postgres import PostgresStore

Two = tuple[PostgresStore, PostgresStore]
Left = Callable[[UUID], tuple[int, ...]]

_LEFT = """
    select (select count(*) from listens), (select count(*) from signals), (select count(*) from turns),
        (select count(*) from quiet_runs), (select count(*) from quiet_events),
        (select count(*) from approvals where state = 'open')
"""


@pytest.fixture
async def two(database_url: str) -> AsyncIterator[Two]:
    """Two stores over one workspace, as two processes have them."""
    async with (
        own_workspace(database_url) as one,
        make_pool(database_url, "treadle", one.workspace_id, min_size=2, max_size=6) as pool,
    ):
        yield one, PostgresStore(pool, one.workspace_id)


@pytest.fixture
def left(database_url: str) -> Left:
    """Counts the rows of a workspace that only live runs may have."""

    def count(workspace: UUID) -> tuple[int, ...]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("set role treadle_app; set search_path = treadle")
            connection.execute("select set_config('treadle.workspace', %s, false)", [str(workspace)])
            row = connection.execute(_LEFT).fetchone()
            assert row is not None
            return tuple(row)

    return count


def answer(data: bytes = b'{"id": 5}') -> Arrival:
    return Arrival(event(trigger="t.answer", data=data))


async def started(store: PostgresStore, count: int) -> list[Claimed]:
    await store.start([run() for _ in range(count)])
    return await store.claim(new_id(), count, LEASE)


async def test_one_of_two_processes_has_a_key(two: Two) -> None:
    for round_ in range(5):
        runs = await started(two[0], 6)
        asked = [two[n % 2].take_turn("R", str(round_), each.run_id, "skip") for n, each in enumerate(runs)]
        found = await asyncio.gather(*asked)
        assert found.count(None) == 1
        assert set(found) - {None} == {runs[found.index(None)].run_id}


async def test_a_throttle_has_one_last_place(two: Two) -> None:
    for round_ in range(5):
        await two[0].throttle("R", str(round_), 2, 60.0, new_id())
        asked = [two[n % 2].throttle("R", str(round_), 2, 60.0, new_id()) for n in range(8)]
        assert (await asyncio.gather(*asked)).count(True) == 1


async def test_a_limit_has_one_last_place_and_a_repeated_take_counts_once(two: Two) -> None:
    token = new_id()
    same = [two[n % 2].take_limit("L", "k", Decimal(3), Decimal(1), 60.0, token) for n in range(4)]
    assert await asyncio.gather(*same) == [0.0] * 4
    other = [two[n % 2].take_limit("L", "k", Decimal(3), Decimal(1), 60.0, new_id()) for n in range(8)]
    assert (await asyncio.gather(*other)).count(0.0) == 2


async def test_of_a_quiet_group_one_fires_with_everybody(two: Two) -> None:
    for round_ in range(5):
        arrivals = [Arrival(made := event(), (run(event_id=made.id),)) for _ in range(6)]
        await two[0].accept([], arrivals)
        runs = [each.runs[0].id for each in arrivals]
        await asyncio.gather(*(two[n % 2].join_quiet("R", str(round_), each) for n, each in enumerate(runs)))
        taken = await asyncio.gather(*(two[n % 2].take_quiet("R", str(round_), each) for n, each in enumerate(runs)))
        assert taken[:-1] == [None] * 5
        assert taken[-1] == [each.event.id for each in arrivals]


async def test_nobody_in_a_queue_is_forgotten_and_two_never_go_at_once(two: Two) -> None:
    count, going, ended = 24, set[UUID](), set[UUID]()

    async def drive(store: PostgresStore, claimed: Claimed) -> None:
        ahead = await store.take_turn("R", "k", claimed.run_id, "queue")
        if ahead is not None:
            read = tuple(each.id for each in claimed.signals)
            await store.commit([move(claimed, Sleep(3600.0, "matching"), read=read)])
            return
        going.add(claimed.run_id)
        assert len(going) == 1
        await asyncio.sleep(0)
        going.remove(claimed.run_id)
        ended.add(claimed.run_id)
        await store.commit([move(claimed, End("done"))])

    async def work(store: PostgresStore) -> None:
        worker = new_id()
        for _ in range(500):
            claims = await store.claim(worker, 4, LEASE)
            await asyncio.gather(*(drive(store, each) for each in claims))
            if len(ended) == count:
                return
            await asyncio.sleep(0 if claims else 0.005)

    await two[0].start([run() for _ in range(count)])
    await asyncio.gather(*(work(store) for store in two))
    assert len(ended) == count


async def test_replacing_and_ending_at_once_leave_one_that_goes(two: Two) -> None:
    for round_ in range(8):
        key = str(round_)
        first, second = await started(two[0], 2)
        assert await two[0].take_turn("R", key, first.run_id, "replace") is None
        ahead, _ = await asyncio.gather(
            two[1].take_turn("R", key, second.run_id, "replace"),
            two[0].commit([move(first, End("done"))]),
        )
        told = (await two[0].signals([second.run_id])).get(second.run_id, [])
        assert ahead is None or [each.kind for each in told] == ["turn"]
        assert await two[1].take_turn("R", key, second.run_id, "replace") is None


async def test_an_event_that_comes_while_the_run_begins_to_listen_is_heard_once(two: Two) -> None:
    """Also where neither commit sees the other: the run asks for what came since it was started."""
    for round_ in range(10):
        (claimed,) = await started(two[0], 1)
        wanted = NewListen(slot="s", trigger="t.answer", path="id", value=str(round_).encode(), from_start=True)
        data = f'{{"id": {round_}.0}}'.encode()

        async def come(data: bytes = data) -> None:
            for _ in range(4):
                await two[1].accept([], [answer(data)])

        await asyncio.gather(come(), two[0].commit([move(claimed, listens=(wanted,))]), come())
        found = (await two[0].signals([claimed.run_id]))[claimed.run_id]
        assert len({each.event.id for each in found if each.event}) == len(found) == 8


async def test_what_comes_while_a_run_falls_asleep_wakes_it(two: Two) -> None:
    for _ in range(12):
        claimed = await one_claimed(two[0], new_id())
        await two[0].commit([move(claimed, listens=(NewListen(slot="s", trigger="t.answer"),))])
        await asyncio.gather(two[1].accept([], [answer()]), two[0].commit([move(claimed, Sleep(3600.0))]))
        (again,) = await two[0].claim(new_id(), 10, LEASE)
        assert (again.run_id, len(again.signals)) == (claimed.run_id, 1)
        await two[0].commit([move(again, End("done"))])


async def test_the_end_leaves_nothing_behind_whatever_comes_meanwhile(two: Two, left: Left) -> None:
    for round_ in range(8):
        claimed = await one_claimed(two[0], new_id())
        asked = NewApproval(id=new_id(), slot="a", question="?", by="b", seconds=60.0)
        listens = (NewListen(slot="s", trigger="t.answer"), NewListen(slot="t", trigger="t.answer", from_start=True))
        await two[0].commit([move(claimed, listens=listens, approvals=(asked,))])
        await two[0].join_quiet("R", str(round_), claimed.run_id)
        await two[0].take_turn("R", str(round_), claimed.run_id, "queue")
        _, fenced, row, _ = await asyncio.gather(
            two[1].accept([], [answer()]),
            two[0].commit([move(claimed, End("stopped"))]),
            two[1].decide(asked.id, "ann", approved=True),
            two[1].accept([], [answer()]),
        )
        assert fenced == set()
        assert row is not None
        assert row.state in ("approved", "closed")
        assert left(two[0].workspace_id) == (0,) * 6


async def test_a_process_that_knows_of_no_ties_ends_a_run_all_the_same(two: Two, left: Left) -> None:
    """The run came to wait through another process; the plain commit finds that out and puts its end off."""
    first, second = await started(two[0], 2)
    for each in (first, second):
        await two[0].take_turn("R", "k", each.run_id, "queue")
    await two[0].commit([move(first, listens=(NewListen(slot="s", trigger="t.answer"),))])
    assert await two[1].commit([move(first, End("done")), move(second, Sleep(3600.0))]) == set()
    assert [each.kind for each in (await two[1].signals([second.run_id]))[second.run_id]] == ["turn"]
    assert await two[1].commit([move(first, End("done"))]) == set()
    assert left(two[0].workspace_id)[0] == 0


async def test_families_that_end_into_each_other_do_not_stay_locked(two: Two) -> None:
    """Children of the one batch answer parents of the other, and the other way round."""
    parents = await started(two[0], 8)
    children = [run(kind="sequence", parent_id=each.run_id, answers="s") for each in parents]
    await two[0].start(children)
    claimed = {each.run_id: each for each in await two[0].claim(new_id(), 8, LEASE)}
    ends = [move(claimed[each.id], End("done", None, b"1")) for each in children]
    sleeps = [move(each, Sleep(3600.0)) for each in parents]
    batches = [(*ends[:4], *sleeps[4:]), (*sleeps[:4], *ends[4:])]
    assert await asyncio.gather(*(two[n].commit(batch) for n, batch in enumerate(batches))) == [set(), set()]
    again = await two[0].claim(new_id(), 20, LEASE)
    assert {each.run_id for each in again} == {each.run_id for each in parents}
    assert all([each.kind for each in one.signals] == ["returned"] for one in again)


async def test_a_parent_and_its_child_may_end_in_one_batch(two: Two, left: Left) -> None:
    (parent,) = await started(two[0], 1)
    child = run(kind="sequence", parent_id=parent.run_id, answers="s")
    await two[0].start([child])
    (claimed,) = await two[0].claim(new_id(), 1, LEASE)
    assert await two[0].commit([move(parent, End("done")), move(claimed, End("done", None, b"1"))]) == set()
    assert left(two[0].workspace_id) == (0,) * 6


async def test_a_value_that_does_not_fit_undoes_the_whole_commit(two: Two) -> None:
    first, second = await started(two[0], 2)
    heard = move(first, listens=(NewListen(slot="s", trigger="t.answer"),))
    with pytest.raises(Unstorable):
        await two[0].commit([heard, move(second, End("done", None, b"{not json"))])
    await two[1].accept([], [answer()])
    assert await two[0].signals([first.run_id]) == {}
    assert await two[0].commit([heard]) == set()
    await two[1].accept([], [answer()])
    assert len((await two[0].signals([first.run_id]))[first.run_id]) == 1
