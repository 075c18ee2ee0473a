"""Lists to start from, on both stores: each row is dealt with once, whoever comes late and whatever breaks between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.runtime.store.conftest import PassTime, VirtualClock
from tests.runtime.store.making import run

from treadle.runtime.bulkrecords import BATCH, BulkBatch, BulkStart, BulkStep, NewBulk, Refusal
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Origin, RunFilter, Store
from treadle.runtime.store.postgres import PostgresStore

ROWS = tuple(b'{"n": %d}' % number for number in range(BATCH + 5))


def new(**given: Any) -> NewBulk:
    fixed: dict[str, Any] = {"id": new_id(), "sequence": "S", "per_minute": 60.0, "who": "ana", "rows": ROWS}
    return NewBulk(**(fixed | given))


def step(batch: BulkBatch, count: int, refused: tuple[Refusal, ...] = (), **given: Any) -> BulkStep:
    starts = tuple(
        BulkStart(run(kind="sequence", rule="S", origin="S"), Origin(None, bytes(row), batch.id))
        for row in batch.rows[:count]
    )
    fixed: dict[str, Any] = {"id": batch.id, "first": batch.first, "planned_at": batch.now}
    return BulkStep(**(fixed | {"starts": starts, "refused": refused} | given))


async def test_a_list_is_dealt_with_batch_by_batch_to_its_end(store: Store) -> None:
    made = await store.begin_bulk(new())
    assert (made.state, made.total, made.left, made.started) == ("running", len(ROWS), len(ROWS), 0)
    seen: list[bytes] = []
    while (batch := await store.due_bulk(30)) is not None:
        assert (batch.id, batch.sequence, batch.first) == (made.id, "S", len(seen))
        seen += map(bytes, batch.rows)
        assert await store.step_bulk(step(batch, len(batch.rows)))
    assert tuple(seen) == ROWS
    over = await store.bulk(made.id)
    assert over is not None
    assert (over.state, over.started, over.refused, over.left) == ("done", len(ROWS), 0, 0)
    assert over.ended_at is not None
    assert len(await store.runs(RunFilter(rule="S", limit=1000))) == len(ROWS)


async def test_a_list_that_is_paused_starts_nothing_and_goes_on(store: Store) -> None:
    made = await store.begin_bulk(new())
    batch = await store.due_bulk(30)
    assert batch is not None
    paused = await store.pause_bulk(made.id)
    assert paused is not None
    assert (paused.state, paused.left, paused.ended_at) == ("paused", len(ROWS), None)
    assert await store.due_bulk(30) is None
    assert not await store.step_bulk(step(batch, 3))  # the worker that had the rows comes too late
    resumed = await store.resume_bulk(made.id)
    assert resumed is not None
    assert (resumed.state, resumed.started) == ("running", 0)
    again = await store.due_bulk(30)
    assert again is not None
    assert again.first == 0
    await store.pause_bulk(made.id)
    cancelled = await store.cancel_bulk(made.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.left) == ("cancelled", 0)
    for over in (await store.resume_bulk(made.id), await store.pause_bulk(made.id)):
        assert over == cancelled
    assert (await store.pause_bulk(new_id()), await store.resume_bulk(new_id())) == (None, None)


async def test_a_run_says_which_list_it_is_of(store: Store) -> None:
    made = await store.begin_bulk(new())
    batch = await store.due_bulk(30)
    assert batch is not None
    told = step(batch, 1)
    await store.step_bulk(told)
    assert await store.origin(told.starts[0].run.id) == Origin(None, b'{"n": 0}', made.id)


async def test_the_same_list_again_is_the_one_that_there_is(store: Store) -> None:
    asked = new()
    first = await store.begin_bulk(asked)
    assert await store.begin_bulk(asked) == first
    assert [each.id for each in await store.bulks(None, 10)] == [first.id]


async def test_who_took_rows_has_them_for_a_while(store: Store, pass_time: PassTime) -> None:
    await store.begin_bulk(new())
    assert await store.due_bulk(0.3) is not None
    assert await store.due_bulk(0.3) is None
    await pass_time(0.4)
    assert await store.due_bulk(0.3) is not None


async def test_rows_are_started_once_when_two_come_with_them(store: Store, pass_time: PassTime) -> None:
    made = await store.begin_bulk(new())
    frozen = await store.due_bulk(0.2)
    await pass_time(0.3)
    other = await store.due_bulk(30)
    assert frozen is not None
    assert other is not None
    assert await store.step_bulk(step(other, 3))
    assert not await store.step_bulk(step(frozen, 3))
    row = await store.bulk(made.id)
    assert row is not None
    assert row.started == 3
    assert len(await store.runs(RunFilter(rule="S"))) == 3


async def test_it_comes_again_when_the_next_row_is_planned(store: Store, pass_time: PassTime) -> None:
    await store.begin_bulk(new())
    batch = await store.due_bulk(30)
    assert batch is not None
    assert await store.step_bulk(step(batch, 2, planned_at=batch.now + timedelta(seconds=0.5)))
    assert await store.due_bulk(30) is None
    await pass_time(0.6)
    after = await store.due_bulk(30)
    assert after is not None
    assert (after.first, bytes(after.rows[0])) == (2, ROWS[2])
    assert after.planned_at == batch.now + timedelta(seconds=0.5)


async def test_what_is_refused_is_told_page_by_page(store: Store) -> None:
    made = await store.begin_bulk(new(rows=ROWS[:4]))
    batch = await store.due_bulk(30)
    assert batch is not None
    refused = (Refusal(1, "no"), Refusal(2, "n\0o"), Refusal(3, "never"))
    await store.step_bulk(step(batch, 1, refused))
    row = await store.bulk(made.id)
    assert row is not None
    assert (row.state, row.started, row.refused) == ("done", 1, 3)
    assert await store.refusals(made.id, -1, 2) == [Refusal(1, "no"), Refusal(2, "n\ufffdo")]
    assert await store.refusals(made.id, 2, 2) == [Refusal(3, "never")]


async def test_a_list_that_is_held_says_why(store: Store) -> None:
    made = await store.begin_bulk(new())
    batch = await store.due_bulk(30)
    assert batch is not None
    assert await store.step_bulk(step(batch, 0, held="no such sequence", planned_at=batch.now + timedelta(seconds=9)))
    held = await store.bulk(made.id)
    assert held is not None
    assert (held.state, held.held, held.left) == ("running", "no such sequence", len(ROWS))


async def test_nothing_starts_of_a_list_that_was_cancelled(store: Store) -> None:
    made = await store.begin_bulk(new())
    batch = await store.due_bulk(30)
    assert batch is not None
    cancelled = await store.cancel_bulk(made.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.left) == ("cancelled", 0)
    assert not await store.step_bulk(step(batch, 3))
    assert await store.runs(RunFilter(rule="S")) == []
    assert await store.due_bulk(30) is None
    assert await store.cancel_bulk(made.id) == cancelled
    assert await store.cancel_bulk(new_id()) is None


async def test_lists_come_in_pages_the_newest_first(store: Store) -> None:
    made = [(await store.begin_bulk(new())).id for _ in range(3)]
    assert [each.id for each in await store.bulks(None, 2)] == [made[2], made[1]]
    assert [each.id for each in await store.bulks(made[1], 2)] == [made[0]]
    assert await store.bulk(new_id()) is None


async def test_a_crash_between_two_writes_leaves_nothing_of_them(postgres_store: PostgresStore) -> None:
    made = await postgres_store.begin_bulk(new())
    batch = await postgres_store.due_bulk(30)
    assert batch is not None
    told, whole = step(batch, 3), postgres_store._once_together

    async def dies(work: Callable[..., Awaitable[Any]]) -> Any:
        async def work_and_die(ask: Any) -> None:
            await work(ask)
            raise ZeroDivisionError

        return await whole(work_and_die)

    postgres_store._once_together = dies  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        await postgres_store.step_bulk(told)
    postgres_store._once_together = whole  # type: ignore[method-assign]
    row = await postgres_store.bulk(made.id)
    assert row is not None
    assert (row.started, row.left) == (0, len(ROWS))
    assert await postgres_store.runs(RunFilter(rule="S")) == []
    assert await postgres_store.step_bulk(told)
    assert not await postgres_store.step_bulk(told)  # the same again, as after a commit that nobody heard of
    assert len(await postgres_store.runs(RunFilter(rule="S"))) == 3


async def test_lists_that_ended_long_ago_are_forgotten_with_what_they_refused(
    store: Store, kind: str, clock: VirtualClock, request: pytest.FixtureRequest
) -> None:
    over, running = [await store.begin_bulk(new(rows=ROWS[:1])) for _ in range(2)]
    batch = await store.due_bulk(30)
    assert batch is not None
    assert batch.id == over.id
    await store.step_bulk(step(batch, 0, (Refusal(0, "no"),)))
    if kind == "memory":
        await clock.advance(40 * 86400)
    else:
        with psycopg.connect(request.getfixturevalue("database_url"), autocommit=True) as owner:
            owner.execute(
                "update treadle.bulk_starts set ended_at = ended_at - interval '40 days' where workspace_id = %s",
                [store.workspace_id],
            )
    await store.forget_bulks(50)
    assert len(await store.bulks(None, 10)) == 2
    await store.forget_bulks(30)
    assert [each.id for each in await store.bulks(None, 10)] == [running.id]
    assert await store.refusals(over.id, -1, 10) == []
