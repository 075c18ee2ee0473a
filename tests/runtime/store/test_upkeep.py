"""What is old goes, and nothing that lives: the contract of upkeep, and what partitions add on Postgres."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import psycopg
import pytest
from msgspec.structs import replace
from tests.runtime.store.conftest import VirtualClock, own_workspace
from tests.runtime.store.making import LEASE, arrival, delivery, event, intent, move, run

from treadle.runtime.ids import first_id, new_id
from treadle.runtime.ports import Arrival, Claimed, End, EventFilter, RunFilter, Sleep, Store
from treadle.runtime.store import tidying
from treadle.runtime.store.postgres import PostgresStore
from treadle.runtime.upkeep import Upkeep

DAYS = 30
FORGOTTEN = {
    "run_ends", "run_keys", "run_moves", "run_origins", "run_outputs", "resolutions", "steps", "step_outcomes",
}  # fmt: skip
LIVE = {"live_runs", "listens", "quiet_events", "quiet_runs", "signals", "turns"}
BY_TIME = {"approvals", "once_keys"}
Age = Callable[[], Awaitable[None]]

_AGE = (
    "update run_ends set ended_at = ended_at - interval '40 days'",
    "update once_keys set expires_at = expires_at - interval '40 days'",
    "update workers set seen_at = seen_at - interval '40 days'",
    "update plugin_values set expires_at = expires_at - interval '40 days'",
    "update windows set expires_at = expires_at - interval '40 days'",
    "update window_uses set used_at = used_at - interval '40 days'",
)


@pytest.fixture
def age(kind: str, clock: VirtualClock, store: Store, request: pytest.FixtureRequest) -> Age:
    """Makes what happened until now forty days older; ids stay."""

    async def on_postgres() -> None:
        with psycopg.connect(request.getfixturevalue("database_url"), autocommit=True) as owner:
            owner.execute("set search_path = treadle")
            for statement in _AGE:
                owner.execute(f"{statement} where workspace_id = %s".encode(), [store.workspace_id])

    async def in_memory() -> None:
        await clock.advance(40 * 86400)

    return on_postgres if kind == "postgres" else in_memory


async def begun(store: Store, kind: str, *, days: float, **given: object) -> Arrival:
    """An event and its run whose ids are so many days old by the time that `age` is through."""
    ahead = 40 if kind == "memory" else 0
    at = await store.now() + timedelta(days=ahead - days)
    made = event(id=mixed(at), key=str(new_id()))
    started = run(id=mixed(at), event_id=made.id, **given)
    await store.accept([], [Arrival(made, (started,))])
    return Arrival(made, (started,))


def mixed(at: datetime) -> UUID:
    """An id of this instant."""
    return UUID(int=first_id(at).int | (new_id().int & 0x3FFF_FFFF_FFFF_FFFF))


async def ended(store: Store) -> list[Claimed]:
    """Everything that is due comes to its end, after a call."""
    claimed = await store.claim(new_id(), 100, LEASE)
    for each in claimed:
        assert await store.once("R", f'"{each.run_id}"', 60.0, each.run_id)
    transitions = [move(each, End("done"), steps=(intent(state="done", output=b"1"),)) for each in claimed]
    assert await store.commit(transitions) == set()
    return claimed


async def test_old_runs_go_with_all_that_is_theirs(store: Store, kind: str, age: Age) -> None:
    old = await begun(store, kind, days=40)
    young = await begun(store, kind, days=20)
    await ended(store)
    await age()
    await Upkeep(store, DAYS).once()
    assert [each.id for each in await store.runs(RunFilter())] == [young.runs[0].id]
    assert [each.id for each in await store.events(EventFilter())] == [young.event.id]
    assert await store.steps(old.runs[0].id) == []
    assert len(await store.steps(young.runs[0].id)) == 1
    assert await store.runs(RunFilter(keys=(f'"{old.runs[0].id}"',))) == []
    again = [Arrival(event(key=each.event.key)) for each in (old, young)]
    assert await store.accept([], again) == {again[1].event.id: young.event.id}


async def test_what_lives_stays_and_ends_well(store: Store, kind: str, age: Age) -> None:
    """However old it is, and whatever came for it."""
    live, both = await begun(store, kind, days=40), await begun(store, kind, days=40, rule="S")
    claimed = {each.run_id: each for each in await store.claim(new_id(), 10, LEASE)}
    mine, other = claimed[live.runs[0].id], claimed[both.runs[0].id]
    await store.commit([move(mine, Sleep(0.0)), move(other, End("done"))])
    await age()
    await Upkeep(store, DAYS).once()
    (again,) = await store.claim(new_id(), 10, LEASE)
    assert again.event is not None
    assert (again.run_id, again.event.id) == (live.runs[0].id, live.event.id)
    assert [each.id for each in await store.runs(RunFilter())] == [live.runs[0].id]
    assert await store.commit([move(again, End("done"))]) == set()
    await Upkeep(store, DAYS).once()
    assert [each.id for each in await store.runs(RunFilter())] == [live.runs[0].id], "it ended only now"


async def test_events_that_a_group_waits_for_stay(store: Store, kind: str, age: Age) -> None:
    first, last = await begun(store, kind, days=40), await begun(store, kind, days=39)
    for each in (first, last):
        assert await store.join_quiet("R", "k", each.runs[0].id)
    claimed = {each.run_id: each for each in await store.claim(new_id(), 10, LEASE)}
    await store.commit([move(claimed[first.runs[0].id], End("suppressed"))])
    await age()
    await Upkeep(store, DAYS).once()
    assert await store.run(first.runs[0].id) is None
    assert await store.take_quiet("R", "k", last.runs[0].id) == [first.event.id, last.event.id]
    assert await store.event(first.event.id) is not None


async def test_a_day_is_kept_whatever_is_asked_for(store: Store, kind: str) -> None:
    await store.accept([], [arrival()])
    await ended(store)
    await Upkeep(store, 0).once()
    assert len(await store.runs(RunFilter())) == len(await store.events(EventFilter())) == 1


async def test_what_has_run_out_is_swept(store: Store, age: Age) -> None:
    await store.once("R", "k", 3600.0, new_id())
    await store.put_value(new_id(), "k", b"1", 3600.0)
    await store.heartbeat(new_id(), "w", claimed=0, progressed=True)
    one, long = Decimal(1), 50 * 86400.0
    for name in ("short", "gone"):
        assert await store.take_limit(name, "k", one, one, 60.0, new_id()) == 0
    assert await store.take_limit("long", "k", one, one, long, new_id()) == 0
    await age()
    assert await store.sweep(DAYS) is False
    assert await store.once("R", "k", 60.0, new_id())
    assert await store.take_limit("short", "k", one, one, 60.0, new_id()) == 0
    assert await store.take_limit("long", "k", one, one, long, new_id()) > 0
    if isinstance(store, PostgresStore):
        for table, left in (("plugin_values", 0), ("workers", 0), ("windows", 2), ("window_uses", 2)):
            assert len(await store._ask(f"select * from {table}".encode())) == left


async def test_much_goes_in_small_commits(
    database_url: str, monkeypatch: pytest.MonkeyPatch, clock: VirtualClock
) -> None:
    monkeypatch.setattr(tidying, "MOST", 2)
    async with own_workspace(database_url) as store, own_workspace(database_url) as other:
        for each in (store, other):
            for number in range(5):
                await begun(each, "postgres", days=40 + number)
            await ended(each)
        with psycopg.connect(database_url, autocommit=True) as owner:
            owner.execute("update treadle.run_ends set ended_at = now() - interval '40 days'")
            owner.execute("update treadle.run_ends set rule = null")
        behind = await store.forget_runs(DAYS)
        assert (behind is not None, len(await store.runs(RunFilter()))) == (True, 3)
        await Upkeep(store, DAYS, pause=0.0).once()
        assert await store.runs(RunFilter()) == await store.events(EventFilter()) == []
        assert len(await other.runs(RunFilter())) == 5
        assert await other.runs(RunFilter(rule="R")) == []
        while await other.sweep(DAYS):
            pass
        assert len(await other.runs(RunFilter(rule="R"))) == 5


def test_whatever_names_a_run_goes_with_it(database_url: str) -> None:
    """Who adds a table that names runs says here how its rows go."""
    with psycopg.connect(database_url) as owner:
        naming = owner.execute(
            """select relname from pg_class join pg_attribute on attrelid = pg_class.oid
            where relnamespace = 'treadle'::regnamespace and relkind in ('r', 'p') and attname = 'run_id'"""
        )
        assert {name for (name,) in naming} == FORGOTTEN | LIVE | BY_TIME
        row = owner.execute("select prosrc from pg_proc where proname = 'forget_runs'").fetchone()
    assert row is not None
    assert set(re.findall(r"delete from (\w+)", row[0])) == FORGOTTEN | {"runs"}


async def test_deliveries_lie_in_a_partition_a_day(postgres_store: PostgresStore, database_url: str) -> None:
    await postgres_store.turn_days(DAYS)
    now = await postgres_store.now()
    days = [now + timedelta(days=number) for number in (-400, 0, 3, 400)]
    ids = [mixed(each) for each in days]
    await postgres_store.accept([replace(delivery(), id=each) for each in ids], [])
    with psycopg.connect(database_url, autocommit=True) as owner:
        found = dict(
            owner.execute(
                "select id, tableoid::regclass::text from treadle.deliveries where workspace_id = %s",
                [postgres_store.workspace_id],
            ).fetchall()
        )
        places = [found[each].removeprefix("treadle.").removeprefix("deliveries_") for each in ids]
        assert places[0] == places[1]
        assert places[0].startswith("to_")
        assert places[2:] == [f"{days[2].astimezone(UTC):%Y%m%d}", "other"]
        assert len(await postgres_store._ask(b"select * from deliveries")) == 4
        owner.execute(f"alter table treadle.deliveries_{places[0]} rename to deliveries_to_20260101".encode())
    assert await postgres_store._ask(b"select drop_days(30)") == [(1,)]
    assert len(await postgres_store._ask(b"select * from deliveries")) == 2


async def test_a_day_that_began_before_its_partition_holds_up_nothing(
    postgres_store: PostgresStore, database_url: str
) -> None:
    """As after days without any worker."""
    day = await postgres_store.now() + timedelta(days=9)
    await postgres_store.accept([replace(delivery(), id=mixed(day))], [])
    await postgres_store._ask(b"select make_days(11)")
    with psycopg.connect(database_url) as owner:
        for days, is_there in ((8, True), (9, False), (10, True), (11, True), (12, False)):
            name = f"treadle.deliveries_{day.astimezone(UTC) + timedelta(days=days - 9):%Y%m%d}"
            assert owner.execute("select to_regclass(%s) is not null", [name]).fetchone() == (is_there,)
    assert await postgres_store._ask(b"select make_days(11)") == [(0,)]
