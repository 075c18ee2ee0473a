"""The contract of lists and single look-ups."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.runtime.store.making import LEASE, arrival, delivery, event, intent, move, one_claimed, run

from treadle.runtime.ids import first_id, new_id
from treadle.runtime.ports import Arrival, End, EventFilter, Fault, Go, Park, RunFilter, Sleep, Store


async def test_events_come_newest_first_in_pages(store: Store) -> None:
    given = [arrival(entity=f"a:{number % 2}", trigger=f"t.e{number % 3}") for number in range(7)]
    await store.accept([delivery()], given)
    newest = [each.event.id for each in reversed(given)]
    pages = [await store.events(EventFilter(limit=3))]
    while pages[-1]:
        pages.append(await store.events(EventFilter(limit=3, before=pages[-1][-1].id)))
    assert [each.id for page in pages for each in page] == newest
    assert [len(page) for page in pages] == [3, 3, 1, 0]


async def test_events_are_filtered(store: Store) -> None:
    given = [arrival(entity=f"a:{number % 2}", trigger=f"t.e{number % 3}") for number in range(6)]
    await store.accept([], given)
    found = await store.events(EventFilter(entity="a:1"))
    assert [each.id for each in found] == [given[each].event.id for each in (5, 3, 1)]
    found = await store.events(EventFilter(entity="a:1", trigger="t.e2"))
    assert [each.id for each in found] == [given[5].event.id]
    assert await store.events(EventFilter(trigger="nothing\0")) == []


async def test_runs_are_filtered_by_what_they_belong_to(store: Store) -> None:
    given = [arrival(rule=f"R{number % 2}", entity=f"a:{number % 3}") for number in range(6)]
    await store.accept([], given)
    ids = [each.runs[0].id for each in given]

    async def listed(**filter: object) -> list[int]:
        return [ids.index(each.id) for each in await store.runs(RunFilter(**filter))]  # type: ignore[arg-type]

    assert await listed() == [5, 4, 3, 2, 1, 0]
    assert await listed(rule="R1") == [5, 3, 1]
    assert await listed(rule="R1", before=ids[5], limit=1) == [3]
    assert await listed(entity="a:2") == [5, 2]
    assert await listed(event_id=given[4].event.id) == [4]
    assert await listed(rule="nobody") == []


async def test_runs_are_filtered_by_status(store: Store) -> None:
    await store.accept([], [arrival() for _ in range(8)])
    claimed = await store.claim(new_id(), 8, LEASE)
    ends = [End("done"), End("failed", Fault("c", "m")), End("stopped"), End("suppressed"), Sleep(60.0), Park(), Go()]
    await store.commit([move(each, then) for each, then in zip(claimed, ends, strict=False)])
    status = {each.id: each.status for each in await store.runs(RunFilter())}
    expected = ["done", "failed", "stopped", "suppressed", "waiting", "unknown", "running", "running"]
    wanted = {each.run_id: is_now for each, is_now in zip(claimed, expected, strict=True)}
    assert status == {run_id: is_now for run_id, is_now in wanted.items() if is_now != "suppressed"}
    for is_now in dict.fromkeys(expected):
        found = await store.runs(RunFilter(status=is_now))  # type: ignore[arg-type]
        assert {each.id for each in found} == {run_id for run_id, other in wanted.items() if other == is_now}
    assert await store.runs(RunFilter(status="matching")) == []


async def test_runs_of_a_rule_are_filtered_by_status(store: Store) -> None:
    given = [arrival(rule=f"R{number % 2}", entity="a:1") for number in range(16)]
    await store.accept([], given)
    claimed = sorted(await store.claim(new_id(), 16, LEASE), key=lambda each: each.run_id)
    ends = [End("done"), End("failed", Fault("c", "m")), End("stopped"), End("suppressed"), Sleep(60.0), Park(), Go()]
    thens = [then for then in ends for _ in range(2)]
    await store.commit([move(each, then) for each, then in zip(claimed, thens, strict=False)])
    ids = [each.run_id for each in claimed]

    async def listed(**filter: object) -> list[int]:
        return [ids.index(each.id) for each in await store.runs(RunFilter(**filter))]  # type: ignore[arg-type]

    expected = ["done", "failed", "stopped", "suppressed", "waiting", "unknown", "running", "running"]
    for number, is_now in enumerate(expected[:6]):
        assert await listed(rule="R1", status=is_now) == [2 * number + 1]
        assert await listed(rule="R0", status=is_now, entity="a:1") == [2 * number]
        assert await listed(event_id=given[2 * number].event.id, status=is_now) == [2 * number]
    assert await listed(rule="R1", status="running") == [15, 13]
    assert await listed(rule="R0") == [14, 12, 10, 8, 4, 2, 0]
    assert await listed(rule="R0", limit=3, before=ids[12]) == [10, 8, 4]
    assert await listed(entity="a:1", rule="R0", limit=2) == [14, 12]


async def test_runs_are_filtered_by_the_key_that_they_came_with(store: Store) -> None:
    given = [arrival(rule=f"R{number % 2}") for number in range(6)]
    await store.accept([], given)
    ids = [each.runs[0].id for each in given]
    for number in (0, 1, 2):
        await store.once(f"R{number % 2}", '"7"', 60.0, ids[number])
    for number in (2, 4):
        await store.take_turn("R0", "7", ids[number], "queue")
    await store.take_turn("R1", "null", ids[5], "skip")

    async def listed(*keys: str, **filter: object) -> list[int]:
        return [ids.index(each.id) for each in await store.runs(RunFilter(keys=keys, **filter))]  # type: ignore[arg-type]

    assert await listed('"7"') == [2, 1, 0]
    assert await listed("7", '"7"') == [4, 2, 1, 0]
    assert await listed("7", '"7"', limit=2, before=ids[4]) == [2, 1]
    assert await listed('"7"', rule="R1") == [1]
    assert await listed('"7"', event_id=given[2].event.id) == [2]
    assert await listed("7", status="running") == [4, 2]
    assert await listed("null") == []


async def test_lists_are_bounded_by_the_time_of_the_ids(store: Store) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    seconds = [noon + timedelta(seconds=number) for number in range(6)]
    given = [Arrival(event(id=first_id(each), entity="a:1")) for each in seconds]
    runs = [run(id=each.event.id, event_id=each.event.id) for each in given]
    await store.accept([], [Arrival(each.event, (run,)) for each, run in zip(given, runs, strict=True)])
    span = {"since": seconds[1], "until": seconds[4]}
    for asked in ({}, {"entity": "a:1"}):
        events = await store.events(EventFilter(**span, **asked))  # type: ignore[arg-type]
        assert [seconds.index(moment(each.id)) for each in events] == [3, 2, 1]
    for asked in ({}, {"entity": "a:1"}, {"rule": "R"}, {"status": "running"}, {"before": first_id(seconds[3])}):
        found = await store.runs(RunFilter(**span, **asked))  # type: ignore[arg-type]
        assert [seconds.index(moment(each.id)) for each in found] == ([2, 1] if "before" in asked else [3, 2, 1])
    assert await store.runs(RunFilter(since=datetime.max.replace(tzinfo=UTC))) == []
    assert len(await store.runs(RunFilter(since=datetime.min.replace(tzinfo=UTC)))) == 6


def moment(id: UUID) -> datetime:
    """When an id was made, to the millisecond."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


async def test_events_that_nobody_could_read_are_found(store: Store) -> None:
    given = [arrival(unread="not JSON" if number % 2 else None) for number in range(4)]
    await store.accept([], given)
    found = await store.events(EventFilter(unread=True))
    assert [each.id for each in found] == [given[3].event.id, given[1].event.id]


async def test_a_run_that_is_matching_says_so(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, End("done"), starts=(run(status="matching"),))])
    (found,) = await store.runs(RunFilter(status="matching"))
    assert found.due_at is not None
    assert found.ended_at is None


async def test_steps_come_in_order(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    first = intent(seq=1, state="failed", error=Fault("c", "m"), what="log", effect=None, connection_id=None)
    steps = (first, intent(seq=2, state="done", output=b'"x"', input=b"[1.0]"), intent(seq=3))
    await store.commit([move(claimed, steps=steps)])
    found = await store.steps(claimed.run_id)
    assert [(each.id, each.seq, each.state) for each in found] == [(step.id, step.seq, step.state) for step in steps]
    assert (found[0].error, found[0].what, found[0].effect) == (Fault("c", "m"), "log", None)
    assert (found[1].input, found[1].output, found[1].ended_at) == (b"[1.0]", b'"x"', found[1].started_at)
    assert found[2].ended_at is None
    assert await store.steps(new_id()) == []


async def test_what_is_not_there_is_none(store: Store) -> None:
    assert await store.event(new_id()) is None
    assert await store.run(new_id()) is None


async def test_many_readers_at_once(store: Store) -> None:
    await store.accept([], [arrival() for _ in range(3)])
    found = await asyncio.gather(*(store.runs(RunFilter(limit=2)) for _ in range(20)))
    assert all(page == found[0] for page in found)
