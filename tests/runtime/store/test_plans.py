"""How statements are planned: by what is asked for, once a connection, whatever the tables held at that time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import get_args

import psycopg
import pytest
from tests.conftest import Postgres
from tests.runtime.store.filling import fill
from tests.runtime.store.making import LEASE, arrival, delivery, event, move, run

from treadle.runtime.database import make_pool
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    End,
    EventFilter,
    NewApproval,
    NewListen,
    RunFilter,
    RunStatus,
    Sleep,
)
from treadle.runtime.queries import query
from treadle.runtime.store.listing import event_filters, run_sources
from treadle.runtime.store.postgres import PostgresStore

_TIME, _ID = datetime(2026, 1, 1, tzinfo=UTC), DEFAULT_WORKSPACE
_HOT = ("claim", "commit", "accept", "renew", "release")
_WAITING = (
    *("listen_paths", "hear", "signal", "signals", "statuses", "lock_asker", "decide", "planned", "lock_lines"),
    *("lock_runs", "forget", "announce", "look_back", "tie", "open_approvals", "in_lines", "parents", "leave"),
    *("pass_on", "use_window", "take_turn", "join_quiet", "take_quiet", "heartbeat"),
)
_LOOKED_UP = (
    "echoes",
    "event",
    "fates",
    "first_events",
    "load",
    "steps",
    "versions",
    "get_value",
    "change_value",
    "remove_value",
)
_INSERTED = ("start", "listen", "once", "open_window", "move_on", "plan", "write_outputs", "put_value", "lock_line")
_PAGES = tuple(("approvals", each) for each in ("true", "id = %(id)s"))
_EVENT_PAGES = (
    EventFilter(),
    *(EventFilter(**each) for each in ({"trigger": "t"}, {"entity": "e"}, {"trigger": "t", "entity": "e"})),
    *(EventFilter(**each) for each in ({"unread": True}, {"since": _TIME, "until": _TIME, "before": _ID})),
)
_STATUSES = get_args(RunStatus)
_RUN_PAGES = (
    RunFilter(),
    RunFilter(since=_TIME, until=_TIME, before=_ID),
    RunFilter(rule="R", since=_TIME, until=_TIME, before=_ID),
    RunFilter(rule="R"),
    *(RunFilter(status=each) for each in _STATUSES),
    *(RunFilter(status=each, rule="R") for each in _STATUSES),
    *(RunFilter(**each) for each in ({"event_id": _ID}, {"entity": "e"}, {"keys": ("1", '"1"')})),
    RunFilter(event_id=_ID, entity="e", keys=("1",), rule="R", status="failed", since=_TIME, before=_ID),
    RunFilter(entity="e", keys=("1", '"1"'), rule="R", until=_TIME),
)
_KEYS = ("due_at", "run_id", "id ", "key_hash", "line", "trigger", "(key", "expires_at")


@pytest.fixture(scope="module")
def empty(postgres: Postgres) -> Iterator[str]:
    """The address of a database whose tables are known to be empty."""
    name = postgres.fresh()
    with psycopg.connect(postgres.url(name), autocommit=True) as owner:
        owner.execute("vacuum analyze")
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="module")
def full(postgres: Postgres) -> Iterator[str]:
    """The address of one where many runs wait. What is planned well here is planned alike for a hundred thousand."""
    name = postgres.fresh()
    with psycopg.connect(postgres.url(name), autocommit=True) as owner:
        fill(owner, DEFAULT_WORKSPACE, 5_000)
    yield postgres.url(name)
    postgres.drop(name)


async def plan(url: str, name: str, filters: str = "") -> list[str]:
    """The plan that a connection makes for any values."""
    statement = query(name).decode().replace("{more}", query("commit_more").decode())
    statement = statement.replace("{filters}", filters).replace("{sources}", filters)
    names = list(dict.fromkeys(part.partition(")")[0] for part in statement.split("%(")[1:]))
    for number, each in enumerate(names, 1):
        statement = statement.replace(f"%({each})b", f"${number}").replace(f"%({each})s", f"${number}")
    pool = make_pool(url, "treadle", new_id(), min_size=1, max_size=1)
    async with pool, pool.connection() as one:
        await one.execute("set plan_cache_mode = force_generic_plan")
        await one.execute(f"prepare asked as {statement}".encode())
        cursor = await one.execute(f"explain execute asked({', '.join(['null'] * len(names))})".encode())
        return [line.strip() for (line,) in await cursor.fetchall()]


@pytest.mark.parametrize("name", [*_HOT, *_WAITING, *_LOOKED_UP])
async def test_rows_are_looked_up_by_what_is_asked_for_also_where_tables_are_empty(empty: str, name: str) -> None:
    """A plan made on an emptied table stays for a full one; it must not walk through a table or sort it."""
    lines = await plan(empty, name)
    scans = [(line, after) for line, after in pairwise(lines) if "Index" in line and "Scan" in line]
    assert scans
    assert all(after.startswith("Index Cond:") for _, after in scans), scans
    assert all(any(column in after for column in _KEYS) for _, after in scans), scans
    assert not any("Seq Scan" in line or "Bitmap" in line for line in lines), lines
    if name == "claim":
        assert not any(line.startswith(("Sort", "->  Sort")) for line in lines), lines


async def test_rows_are_looked_up_where_many_runs_wait(full: str) -> None:
    for name in (*_HOT, *_WAITING, *_LOOKED_UP, *_INSERTED):
        lines = await plan(full, name)
        scans = [(line, after) for line, after in pairwise(lines) if "Index" in line and "Scan" in line]
        assert all(after.startswith("Index Cond:") for _, after in scans), (name, scans)
        assert not any("Seq Scan" in line for line in lines), (name, lines)


@pytest.mark.parametrize("name", _INSERTED)
async def test_what_is_written_by_its_key_reads_no_table(empty: str, name: str) -> None:
    assert not [line for line in await plan(empty, name) if "Seq Scan" in line or "Index Scan" in line]


@pytest.mark.parametrize(("name", "filters"), _PAGES)
async def test_pages_are_read_in_their_order_or_by_what_is_asked_for(empty: str, name: str, filters: str) -> None:
    lines = await plan(empty, name, filters)
    scans = [(line, after) for line, after in pairwise(lines) if "Index" in line and "Scan" in line]
    assert all(after.startswith("Index Cond:") for _, after in scans), scans
    assert scans
    assert not any("Seq Scan" in line or "Sort" in line for line in lines), lines


@pytest.mark.parametrize("filter", _EVENT_PAGES)
async def test_events_are_read_in_the_order_of_the_page(empty: str, full: str, filter: EventFilter) -> None:
    for url in (empty, full):
        lines = await plan(url, "events", event_filters(filter).decode())
        conditions = [after for line, after in pairwise(lines) if "Index" in line and "Scan" in line]
        assert all(each.startswith("Index Cond:") for each in conditions), lines
        assert not any("Seq Scan" in line or "Sort" in line for line in lines), lines


@pytest.mark.parametrize("filter", _RUN_PAGES)
async def test_runs_are_listed_by_what_an_index_has_in_their_order(empty: str, full: str, filter: RunFilter) -> None:
    """What is sorted is the page of each kind, and the runs of one entity."""
    for url in (empty, full):
        lines = await plan(url, "runs", run_sources(filter).decode())
        scans = [(line, after) for line, after in pairwise(lines) if "Index" in line and "Scan" in line]
        walked = [line for line, after in scans if not after.startswith("Index Cond:")]
        assert all("live_runs_pkey" in line for line in walked), lines
        assert not walked or filter == RunFilter(), lines
        assert not any("Seq Scan" in line for line in lines), lines
        sorts = [line for line in lines if "Sort  (" in line]
        assert len(sorts) <= 2 + bool(filter.entity or filter.event_id), (len(sorts), lines)


async def test_no_statement_is_planned_at_each_execution(empty: str) -> None:
    """A constant that makes a plan for once look cheap would cost every execution a millisecond."""
    pool = make_pool(empty, "treadle", DEFAULT_WORKSPACE, min_size=1, max_size=1)
    async with pool:
        store = PostgresStore(pool, DEFAULT_WORKSPACE)
        for number in range(8):
            await everything(store, str(number))
        async with pool.connection() as one:
            cursor = await one.execute(
                "select left(statement, 100) from pg_prepared_statements where generic_plans = 0 and custom_plans > 5"
            )
            assert await cursor.fetchall() == []


async def everything(store: PostgresStore, key: str) -> None:
    """All that a run may wait for and that clauses count, once."""
    worker = new_id()
    await store.accept([delivery()], [arrival(key=key)])
    (claimed,) = await store.claim(worker, 5, LEASE)
    await counted(store, claimed, key)
    asked = NewApproval(id=new_id(), slot="q", question="?", by="b", seconds=60.0)
    listens = (
        NewListen(slot="a", trigger="t.answer"),
        NewListen(slot="b", trigger="t.answer", path="id", value=b"5", from_start=True),
    )
    child = run(kind="sequence", parent_id=claimed.run_id, answers="c")
    begun = move(claimed, Sleep(60.0), listens=listens, approvals=(asked,), starts=(child,), loaded=b"1")
    await store.commit([begun])
    await store.decide(asked.id, "ann", approved=True)
    await store.accept([], [Arrival(event(trigger="t.answer", data=b'{"id": 5}'))])
    found = {each.run_id: each for each in await store.claim(worker, 5, LEASE)}
    await store.statuses(list(found))
    await store.commit([move(found[child.id], End("done", None, b"1"))])
    again = found[claimed.run_id]
    assert len(again.signals) == 3
    read = tuple(each.id for each in again.signals)
    emitted = Arrival(event(trigger="t.answer", cause=claimed.run_id))
    await store.commit([move(again, End("done"), cancels=(("R", b"k"),), read=read, emits=(emitted,))])
    await store.renew(worker, LEASE)
    await store.release(worker)


async def counted(store: PostgresStore, claimed: Claimed, key: str) -> None:
    """Every clause lets the run pass."""
    assert await store.once("R", key, 60.0, claimed.run_id)
    assert await store.throttle("R", "k", 100, 60.0, claimed.run_id)
    assert await store.take_limit("L", "k", Decimal(100), Decimal(1), 60.0, new_id()) == 0.0
    assert await store.join_quiet("R", "k", claimed.run_id)
    assert await store.take_quiet("R", "k", claimed.run_id) is not None
    assert await store.take_turn("R", "k", claimed.run_id, "replace") is None
    now = await store.now()
    await store.planned([f"a{key}", "b"])
    await store.fire("b", now, now, [])
    await store.approvals()
    await store.heartbeat(claimed.run_id, "w", claimed=1, progressed=True)
