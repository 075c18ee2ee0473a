"""What was committed is told once and completely, in whatever order commits end."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.runtime.store.conftest import own_workspace
from tests.runtime.store.making import LEASE, arrival, done, intent, move

from treadle.runtime.changes import feed as feeds
from treadle.runtime.changes.feed import Feed, Missed, Told, TooManyWatchers, Watcher
from treadle.runtime.changes.reading import MOST, ChangeReader
from treadle.runtime.changes.shapes import KEPT, Change, Cursor, Wanted, cursor_of
from treadle.runtime.ids import new_id
from treadle.runtime.ports import End
from treadle.runtime.store.postgres import PostgresStore

WORKER = new_id()
ALL = [Wanted()]


async def told_since(reader: ChangeReader, since: Cursor) -> tuple[list[tuple[str, str, str | None]], Cursor]:
    """Kind, id and status of what is new, and the next cursor."""
    look = await reader.look(since)
    return [(each.kind, each.id, each.status) for each in await reader.stand(look, ALL)], look.upto


async def test_the_life_of_a_run_is_told_by_the_commits_that_make_it(
    store: PostgresStore, reader: ChangeReader
) -> None:
    at = await reader.now()
    came = arrival()
    run, event = str(came.runs[0].id), str(came.event.id)
    await store.accept([], [came])
    told, at = await told_since(reader, at)
    assert told == [("event", event, None), ("run", run, "running")]

    (claimed,) = await store.claim(WORKER, 1, LEASE)
    step = intent()
    await store.commit([move(claimed, steps=(step,))])
    told, at = await told_since(reader, at)
    assert told == [("step", str(step.id), "intent")]

    await store.commit([move(claimed, End("done"), outcome=done(step))])
    told, at = await told_since(reader, at)
    assert told == [("run", run, "done"), ("step", str(step.id), "done")]
    assert (await told_since(reader, at))[0] == []


async def test_what_was_fenced_off_is_not_told(store: PostgresStore, reader: ChangeReader) -> None:
    await store.accept([], [arrival()])
    (claimed,) = await store.claim(WORKER, 1, LEASE)
    at = await reader.now()
    late = move(claimed, End("done"), epoch=claimed.epoch - 1)  # type: ignore[arg-type]
    assert await store.commit([late])
    assert (await told_since(reader, at))[0] == []


async def test_a_duplicate_is_not_told(store: PostgresStore, reader: ChangeReader) -> None:
    await store.accept([], [arrival(key="k")])
    at = await reader.now()
    await store.accept([], [arrival(key="k")])
    assert (await told_since(reader, at))[0] == []


async def test_a_commit_that_ends_late_is_told_and_holds_up_nobody(store: PostgresStore, reader: ChangeReader) -> None:
    """The one that began first ends last: a cursor that was a number would have passed it."""
    at = await reader.now()
    early, late = arrival(), Change(kind="worker", id="late")
    async with store._pool.connection() as connection, connection.transaction():
        text = json.dumps({"kind": late.kind, "id": late.id})
        await connection.execute("insert into changes (told) values (%s)", [text])
        await store.accept([], [early])
        told, between = await told_since(reader, at)
        assert [name for _, name, _ in told] == [str(early.event.id), str(early.runs[0].id)]
    told, behind = await told_since(reader, between)
    assert told == [("worker", "late", None)]
    assert (await told_since(reader, behind))[0] == []
    everything, _ = await told_since(reader, at)
    assert len(everything) == 3


async def test_nobody_sees_another_workspace(store: PostgresStore, reader: ChangeReader, database_url: str) -> None:
    at = await reader.now()
    async with own_workspace(database_url) as other:
        await other.accept([], [arrival()])
        assert (await told_since(reader, at))[0] == []
        assert len((await told_since(ChangeReader(other._pool, other.workspace_id), at))[0]) == 2


async def test_a_cursor_of_a_later_time_is_lost(reader: ChangeReader) -> None:
    here = await reader.now()
    there = Cursor("99999999:99999999:", here.at)
    assert (await reader.look(there)).lost
    assert not (await reader.look(here)).lost


async def test_writers_at_once_and_one_reader_miss_and_repeat_nothing(
    store: PostgresStore, reader: ChangeReader
) -> None:
    seen: list[str] = []
    at = await reader.now()
    arrivals = [arrival() for _ in range(60)]

    async def write(mine: list[object]) -> None:
        for each in mine:
            await store.accept([], [each])  # type: ignore[list-item]

    writing = asyncio.gather(*(write(list(arrivals[start::4])) for start in range(4)))
    while True:
        over = writing.done()
        told, at = await told_since(reader, at)
        seen += [name for kind, name, _ in told if kind == "event"]
        if over:
            break
    await writing
    assert sorted(seen) == sorted(str(each.event.id) for each in arrivals)


async def test_watchers_hear_what_they_asked_for(store: PostgresStore, reader: ChangeReader) -> None:
    feed = Feed(reader, pace=0.01)
    one, other = arrival(), arrival()
    async with (
        feed.watching(Wanted(run=one.runs[0].id)) as (of_run, _),
        feed.watching(Wanted(kinds=frozenset({"event"}))) as (of_events, at),
    ):
        await store.accept([], [one, other])
        mine = await of_run.next(20)
        assert isinstance(mine, Told)
        assert [(each.kind, each.id) for each in mine.changes] == [("run", str(one.runs[0].id))]
        events = await of_events.next(20)
        assert isinstance(events, Told)
        assert {each.id for each in events.changes} == {str(one.event.id), str(other.event.id)}
        assert cursor_of(events.upto.text()) is not None
        assert events.upto != at


async def test_who_comes_back_hears_first_what_it_missed_on_any_process(
    store: PostgresStore, reader: ChangeReader
) -> None:
    one, other = Feed(reader, pace=0.01), Feed(reader, pace=0.01)
    async with one.watching(Wanted()) as (_, at):
        pass
    missed, later = arrival(), arrival()
    await store.accept([], [missed])
    async with other.watching(Wanted(), at.text()) as (watcher, _):
        await store.accept([], [later])
        first, then = await watcher.next(20), await watcher.next(20)
        assert isinstance(first, Told)
        assert isinstance(then, Told)
        assert first.changes[0].id == str(missed.event.id)
        assert then.changes[0].id == str(later.event.id)


@pytest.mark.parametrize("text", ["", "x", "1:1:@0", "5:3:@{now}", "9223372036854775807:9223372036854775807:@{now}"])
async def test_a_cursor_that_nobody_gave_or_too_old(reader: ChangeReader, text: str) -> None:
    now = (await reader.now()).at
    async with Feed(reader).watching(Wanted(), text.format(now=int(now))) as (watcher, _):
        assert isinstance(await watcher.next(20), Missed)
        assert await watcher.next(0) is None
        assert watcher.over


async def test_an_old_cursor_is_one_from_before_the_rows_that_are_kept(reader: ChangeReader) -> None:
    at = await reader.now()
    async with Feed(reader).watching(Wanted(), Cursor(at.snapshot, at.at - KEPT - 2).text()) as (watcher, _):
        missed = await watcher.next(20)
        assert isinstance(missed, Missed)
        assert missed.why == "old"


async def test_more_at_once_than_a_look_takes_in(store: PostgresStore, reader: ChangeReader) -> None:
    at = await reader.now()
    async with store._pool.connection() as connection:
        told = 'insert into changes (told) select \'{"kind": "rule", "id": "r"}\'::json from generate_series(0, %s)'
        await connection.execute(told, [MOST])
    assert (await reader.look(at)).lost


def test_a_slow_watcher_gets_a_reset_and_no_more_room() -> None:
    watcher, at = Watcher(Wanted(), None, 10), Cursor("1:1:", 0.0)
    for _ in range(10):
        watcher.give([Change(kind="rule", id="r")], at)
    assert watcher._missed is None
    for _ in range(100):
        watcher.give([Change(kind="rule", id="r")], at)
    assert watcher._missed == Missed("slow", at)
    assert not watcher._waiting


async def test_there_are_as_many_watchers_as_a_process_takes(
    reader: ChangeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MOST_WATCHERS", 1)
    feed = Feed(reader)
    async with feed.watching(Wanted()):
        with pytest.raises(TooManyWatchers):
            async with feed.watching(Wanted()):
                pass
    async with feed.watching(Wanted()):
        pass


async def test_a_feed_that_is_closed_ends_all(reader: ChangeReader) -> None:
    feed = Feed(reader)
    async with feed.watching(Wanted()) as (watcher, _):
        feed.close()
        assert await watcher.next(20) is None
        assert watcher.over
    async with feed.watching(Wanted()) as (late, _):
        assert late.over
