"""The contract of publishing where runs go over, and of dropping what nobody needs any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace
from tests.runtime.store.conftest import VirtualClock
from tests.runtime.store.making import LEASE, arrival, intent, move, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import Arrival, End, Fault, Moved, NewListen, Publication, RunFilter, Sleep, Store
from treadle.runtime.store.postgres import PostgresStore
from treadle.runtime.worldrecords import NOTHING_LIVE, Outrun

FAULT = Fault("republished", "a new one")


async def publication(store: Store, *graphs: str) -> Publication:
    return Publication(
        id=new_id(), created_at=await store.now(), sources={"a": "x"}, graphs=dict.fromkeys(graphs, b"{}")
    )


async def asleep(store: Store, given: Arrival, **more: object) -> UUID:
    """A run that sleeps; its id."""
    await store.accept([], [given])
    (claimed,) = await store.claim(new_id(), 1, LEASE)
    await store.commit([move(claimed, Sleep(9e6), state=b'{"at": "s"}', **more)])
    return claimed.run_id


async def test_a_run_goes_over_in_the_commit_that_publishes(store: Store) -> None:
    sleeps = await asleep(store, arrival())
    held = arrival()
    await store.accept([], [held])
    (claimed,) = await store.claim(new_id(), 1, LEASE)
    both = [Moved(sleeps, 1, "g2", b'{"at": "t"}'), Moved(claimed.run_id, 1, "g2", b"{}")]
    assert await store.publish(await publication(store, "g2"), moves=both) == {claimed.run_id}
    assert await store.commit([move(claimed, End("done"))]) == set()
    (row,) = [each for each in await store.runs(RunFilter()) if each.id == sleeps]
    assert row.graph == "g2"
    found = await store.run(sleeps)
    assert found is not None
    assert found.graph == "g2"
    first, then = await store.versions(sleeps)
    assert (first, then[1], then[0] >= first[0]) == ((found.created_at, "g1"), "g2", True)
    assert [graph for _, graph in await store.versions(claimed.run_id)] == ["g1"]
    assert await store.versions(new_id()) == []
    (pinned,) = await store.pinned([], [])
    assert (pinned.graph, pinned.epoch, pinned.state) == ("g2", 2, b'{"at": "t"}')
    assert await store.pinned(["g2"], []) == []


async def test_a_late_write_of_the_worker_before_changes_nothing(store: Store) -> None:
    await store.accept([], [arrival()])
    (claimed,) = await store.claim(new_id(), 1, LEASE)
    last = move(claimed, Sleep(0.0), state=b'{"at": "s"}')
    await store.commit([last])
    await store.publish(await publication(store, "g2"), moves=[Moved(claimed.run_id, 1, "g2", b'{"at": "t"}')])
    assert await store.commit([last]) == {claimed.run_id}
    (again,) = await store.claim(new_id(), 1, LEASE)
    assert (again.graph, again.state, again.epoch) == ("g2", b'{"at": "t"}', 3)


async def test_a_run_is_started_anew_in_the_commit_that_publishes(store: Store) -> None:
    sleeps, gone = await asleep(store, arrival()), await asleep(store, arrival())
    await store.order_end([gone], new_id(), FAULT)
    (claimed,) = await store.claim(new_id(), 1, LEASE)
    new, other = run(graph="g2", delay=9e6), run(graph="g2", delay=9e6)
    restarts = [
        move(replace(claimed, run_id=sleeps, epoch=1), End("stopped", FAULT), starts=(new,)),
        move(replace(claimed, run_id=gone, epoch=1), End("stopped", FAULT), starts=(other,)),
    ]
    late = await store.publish(await publication(store, "g2"), restarts=restarts)
    assert late == {gone}
    ended = await store.run(sleeps)
    assert ended is not None
    assert (ended.status, ended.error) == ("stopped", FAULT)
    assert await store.run(new.id) is not None
    assert await store.run(other.id) is None


async def test_what_lives_says_what_it_did_and_who_has_it(store: Store) -> None:
    plain = await asleep(store, arrival())
    acted = await asleep(store, arrival(), steps=(intent(state="done", what="t.act"),))
    looked = await asleep(store, arrival(), steps=(intent(state="done", what="t.look"),))
    told = await asleep(store, arrival(), listens=(NewListen(slot="s", trigger="t.told"),))
    await store.accept([], [arrival(trigger="t.told", rule="Other")])
    await store.start([run(rule="Other", parent_id=plain, answers="slot", delay=9e6)])
    found = {each.run_id: each for each in await store.pinned(["g9"], ["t.look"])}
    assert [found[each].acted for each in (plain, acted, looked)] == [False, True, False]
    assert [found[each].held for each in (plain, told)] == [False, True]
    assert {each.rule for each in found.values() if each.answers} == {"Other"}
    ids = sorted(found)
    assert [each.run_id for each in await store.pinned([], [], behind=ids[0], limit=2)] == ids[1:3]


async def test_a_publication_may_go_onto_one_alone(store: Store) -> None:
    first, second, third = [await publication(store, graph) for graph in ("g1", "g2", "g3")]
    with pytest.raises(Outrun):
        await store.publish(first, onto=second.id)
    await store.publish(first, onto=NOTHING_LIVE)
    await store.publish(second, onto=first.id)
    sleeps = await asleep(store, arrival())
    for onto in (NOTHING_LIVE, first.id):
        with pytest.raises(Outrun):
            await store.publish(third, onto=onto, moves=[Moved(sleeps, 1, "g3", b"{}")])
    assert await store.live() == second.id
    assert await store.publication(third.id) is None
    (row,) = await store.runs(RunFilter())
    assert row.graph == "g1"


async def test_a_publication_says_who_made_it_and_why(store: Store) -> None:
    first = await publication(store, "g1")
    told = replace(await publication(store, "g1"), who="Ann", comment="better", restores=first.id)
    await store.publish(first)
    await store.publish(told)
    assert await store.publication(told.id) == told


async def test_what_somebody_made_stays_for_a_month(store: Store, age: Age) -> None:
    made = replace(await publication(store, "g1"), who="Ann")
    await store.publish(made)
    await age(timedelta(hours=3))
    await store.publish(await publication(store, "g2"))
    await age(timedelta(days=29))
    assert await store.drop_publications() == 0
    await age(timedelta(days=2))
    assert await store.drop_publications() == 1
    assert await store.publication(made.id) is None


async def test_a_text_is_kept_once_as_long_as_a_version_has_it(
    postgres_store: PostgresStore, database_url: str
) -> None:
    store, path = postgres_store, "a.rule"
    versions = [replace(await publication(store, f"g{n}"), sources={path: str(n % 2), "b.rule": "1"}) for n in range(4)]
    for each in versions:
        await store.publish(each)
    assert [await store.publication(each.id) for each in versions] == versions
    assert sorted(await store._ask(b"select text from texts")) == [("0",), ("1",)]
    await store.publish(replace(await publication(store, "g9"), sources={path: "1"}))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "update treadle.publications set created_at = created_at - interval '3 days' where workspace_id = %s",
            [store.workspace_id],
        )
    assert await store.drop_publications() == 4
    assert await store._ask(b"select text from texts") == [("1",)]


Age = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
def age(kind: str, clock: VirtualClock, request: pytest.FixtureRequest) -> Age:
    """Lets publications be so much older; on Postgres by what they say of themselves."""

    async def later(time: timedelta) -> None:
        if kind == "memory":
            await clock.advance(time.total_seconds())
            return
        with psycopg.connect(request.getfixturevalue("database_url"), autocommit=True) as owner:
            owner.execute("update treadle.publications set created_at = created_at - %s", [time])

    return later


async def test_publications_go_when_nothing_of_their_time_is_kept(store: Store, age: Age) -> None:
    first, second = await publication(store, "g1", "both"), await publication(store, "both", "g2")
    await store.publish(first)
    await age(timedelta(hours=3))
    await store.publish(second)
    assert await store.drop_publications() == 0
    await age(timedelta(days=2))
    sleeps = await asleep(store, arrival())
    await store.publish(await publication(store, "g2"), moves=[Moved(sleeps, 1, "g2", b"{}")])
    assert await store.drop_publications() == 1
    assert await store.publication(first.id) is None
    assert [await store.graph(each) for each in ("g1", "both", "g2")] == [None, b"{}", b"{}"]
    await age(timedelta(days=2))
    live = await publication(store, "g3")
    await store.publish(live)
    await age(timedelta(days=2))
    await store.drop_publications()
    assert await store.graph("g2") == b"{}"
    assert await store.live() == live.id
    assert await store.publication(live.id) is not None
