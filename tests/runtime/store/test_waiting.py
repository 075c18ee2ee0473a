"""The contract of what runs wait for: events, people, other runs, their turn. Signals are never lost and come once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.runtime.store.conftest import PassTime
from tests.runtime.store.making import CONNECTION, LEASE, arrival, event, move, one_claimed, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Arrival,
    Claimed,
    End,
    Fault,
    Go,
    NewApproval,
    NewListen,
    NewRun,
    RunFilter,
    Sleep,
    Store,
)

SHORT = 0.2


def listen(slot: str = "s1", **given: Any) -> NewListen:
    return NewListen(slot=slot, trigger="t.answer", **given)


def answer(**given: Any) -> Arrival:
    return Arrival(event(trigger="t.answer", **given))


async def asleep(store: Store, *listens: NewListen, **given: Any) -> Claimed:
    """A run that sleeps for long and listens."""
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, Sleep(3600.0), listens=listens, **given)])
    return claimed


async def woken(store: Store) -> list[Claimed]:
    return await store.claim(new_id(), 10, LEASE)


# --- events -------------------------------------------------------------------------------------------------------


async def test_an_event_wakes_the_run_that_listens_and_comes_with_the_claim(store: Store) -> None:
    claimed = await asleep(store, listen())
    assert await woken(store) == []
    given = answer(data=b'{"a": 1}')
    await store.accept([], [given])
    (again,) = await woken(store)
    assert again.run_id == claimed.run_id
    (signal,) = again.signals
    assert (signal.kind, signal.slot) == ("event", "s1")
    assert signal.event == await store.event(given.event.id)


@pytest.mark.parametrize(
    ("wanted", "data", "fits"),
    [
        ({}, b"{}", True),
        ({"connection_id": CONNECTION}, b"{}", True),
        ({"connection_id": new_id()}, b"{}", False),
        ({"path": "id", "value": b"5"}, b'{"id": 5}', True),
        ({"path": "id", "value": b"5.0"}, b'{"id": 5}', True),
        ({"path": "id", "value": b"5"}, b'{"id": "5"}', False),
        ({"path": "id", "value": b"1"}, b'{"id": true}', False),
        ({"path": "id", "value": b'"x"'}, b'{"id": "x"}', True),
        ({"path": "lead.id", "value": b"5"}, b'{"lead": {"id": 5}}', True),
        ({"path": "lead.id", "value": b"5"}, b'{"lead": 5}', False),
        ({"path": "id", "value": b"5"}, b"{}", False),
        ({"path": "id", "value": b"null"}, b"{}", True),
        ({"path": "ids", "value": b"[1]"}, b'{"ids": [1.0]}', True),
        ({"path": "ids", "value": b"[1]"}, b'{"ids": [true]}', False),
        ({"path": "lead", "value": b'{"a": 1, "b": 2}'}, b'{"lead": {"b": 2, "a": 1}}', True),
        ({"path": "", "value": b"5"}, b"{}", True),
        ({"path": "id", "value": b"5"}, b"[" * 1200 + b"]" * 1200, False),
    ],
)
async def test_which_events_fit(store: Store, wanted: dict[str, Any], data: bytes, fits: bool) -> None:
    await asleep(store, listen(**wanted))
    await store.accept([], [answer(data=data), Arrival(event(trigger="t.other", data=data))])
    assert bool(await woken(store)) is fits


async def test_a_duplicate_event_and_the_runs_own_doing_are_not_heard(store: Store) -> None:
    claimed = await asleep(store, listen())
    await store.accept([], [answer(cause=claimed.run_id)])
    assert await woken(store) == []
    first = answer(key="k")
    await store.accept([], [first])
    await store.accept([], [answer(key="k"), first])
    (again,) = await woken(store)
    assert len(again.signals) == 1


async def test_a_signal_stays_until_it_is_read(store: Store) -> None:
    await asleep(store, listen())
    await store.accept([], [answer()])
    (first,) = await woken(store)
    await store.commit([move(first, Sleep(3600.0))])
    (second,) = await woken(store)
    assert second.signals == first.signals
    await store.commit([move(second, Sleep(3600.0), read=tuple(each.id for each in second.signals))])
    assert await woken(store) == []


async def test_a_signal_that_comes_while_a_worker_has_the_run_is_not_lost(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, listens=(listen(),))])
    await store.accept([], [answer()])
    assert await woken(store) == []
    found = await store.signals([claimed.run_id, new_id()])
    assert [each.kind for each in found[claimed.run_id]] == ["event"]
    assert list(found) == [claimed.run_id]
    await store.commit([move(claimed, Sleep(3600.0))])
    assert len(await woken(store)) == 1


async def test_what_was_forgotten_is_not_heard(store: Store) -> None:
    claimed = await asleep(store, listen("s1"), listen("s2"))
    await store.accept([], [answer()])
    (again,) = await woken(store)
    assert {each.slot for each in again.signals} == {"s1", "s2"}
    await store.commit([move(again, Sleep(3600.0), forgets=("s1",), read=(again.signals[1].id,))])
    await store.accept([], [answer()])
    (third,) = await woken(store)
    assert [each.slot for each in third.signals] == ["s2"]
    assert third.run_id == claimed.run_id


async def test_events_since_the_start_are_heard_by_who_listens_late(store: Store) -> None:
    before = answer()
    await store.accept([], [before])
    claimed = await one_claimed(store, new_id(), trigger="t.answer")
    later = answer(data=b'{"id": 5}')
    await store.accept([], [later, answer(data=b'{"id": 6}')])
    wanted = listen(path="id", value=b"5", from_start=True)
    await store.commit([move(claimed, listens=(wanted, listen("s2")))])
    (signal,) = (await store.signals([claimed.run_id]))[claimed.run_id]
    assert signal.event is not None
    assert (signal.slot, signal.event.id) == ("s1", later.event.id)


async def test_a_repeated_commit_listens_once(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    last = move(claimed, Sleep(3600.0), listens=(listen(),))
    await store.commit([last])
    await store.commit([last])
    await store.accept([], [answer()])
    (again,) = await woken(store)
    assert len(again.signals) == 1


async def test_an_older_epoch_listens_for_nothing(store: Store, pass_time: PassTime) -> None:
    old = await one_claimed(store, new_id(), lease=SHORT)
    await pass_time(SHORT + 0.05)
    (new,) = await woken(store)
    asked = NewApproval(id=new_id(), slot="s2", question="?", by="b", seconds=60)
    late = move(old, listens=(listen(),), approvals=(asked,), emits=(answer(),), cancels=(("R", b"1"),))
    assert await store.commit([late]) == {old.run_id}
    await store.accept([], [answer()])
    assert await store.signals([new.run_id]) == {}
    assert await store.approvals() == []


async def test_the_end_takes_everything_along(store: Store) -> None:
    claimed = await asleep(store, listen())
    await store.accept([], [answer()])
    (again,) = await woken(store)
    await store.commit([move(again, End("done"))])
    await store.accept([], [answer()])
    assert await store.signals([claimed.run_id]) == {}


async def test_an_emitted_event_is_taken_in_with_the_step(store: Store) -> None:
    await asleep(store, listen())
    claimed = await one_claimed(store, new_id())
    made = Arrival(event(trigger="t.answer", connection_id=None, cause=claimed.run_id, hops=1), (run(rule="H"),))
    last = move(claimed, End("done"), emits=(made,))
    await store.commit([last])
    await store.commit([last])
    assert (await store.event(made.event.id)) is not None
    found = {each.rule: len(each.signals) for each in await woken(store)}
    assert found == {"R": 1, "H": 0}


# --- other runs -----------------------------------------------------------------------------------------------------


async def parent_and_child(store: Store) -> tuple[Claimed, Claimed]:
    parent = await one_claimed(store, new_id())
    child = run(kind="sequence", rule="S", parent_id=parent.run_id, answers="s1")
    await store.commit([move(parent, Sleep(3600.0), starts=(child,))])
    (claimed,) = await woken(store)
    return parent, claimed


@pytest.mark.parametrize(
    ("end", "data", "fault"),
    [
        (End("done", None, b"42"), b"42", None),
        (End("done"), None, None),
        (End("failed", Fault("c", "m")), None, Fault("c", "m")),
        (End("suppressed", Fault("live_run", "m")), None, Fault("live_run", "m")),
        (End("stopped", Fault("stop_when", "m")), None, None),
    ],
)
async def test_what_a_run_returns_comes_to_its_parent(
    store: Store, end: End, data: bytes | None, fault: Fault | None
) -> None:
    parent, child = await parent_and_child(store)
    last = move(child, end)
    await store.commit([last])
    await store.commit([last])
    (again,) = await woken(store)
    assert again.run_id == parent.run_id
    (signal,) = again.signals
    assert (signal.kind, signal.slot, signal.data, signal.fault) == ("returned", "s1", data, fault)
    row = await store.run(child.run_id)
    assert row is not None
    assert row.output == end.output


async def test_a_run_without_an_answer_tells_nobody(store: Store) -> None:
    parent = await one_claimed(store, new_id())
    await store.commit([move(parent, Sleep(3600.0), starts=(run(parent_id=parent.run_id),))])
    (child,) = await woken(store)
    await store.commit([move(child, End("done"))])
    assert await woken(store) == []


async def test_runs_without_an_event_are_started_once(store: Store) -> None:
    made = run(rule="Hand")
    await store.start([made])
    await store.start([made])
    (claimed,) = await woken(store)
    assert (claimed.run_id, claimed.event) == (made.id, None)
    assert await store.statuses([made.id, new_id()]) == {made.id: "running"}


# --- people ---------------------------------------------------------------------------------------------------------


async def asking(store: Store, seconds: float = 60.0) -> tuple[Claimed, UUID]:
    claimed = await one_claimed(store, new_id())
    asked = NewApproval(id=new_id(), slot="s1", question="Ship it?", by="boss", seconds=seconds)
    await store.commit([move(claimed, Sleep(3600.0), approvals=(asked,))])
    return claimed, asked.id


@pytest.mark.parametrize("approved", [True, False])
async def test_a_decision_is_made_once_and_wakes_the_run(store: Store, approved: bool) -> None:
    claimed, asked = await asking(store)
    (row,) = await store.approvals()
    assert (row.id, row.run_id, row.rule, row.question, row.by) == (asked, claimed.run_id, "R", "Ship it?", "boss")
    assert await store.approval(asked) == row
    assert await store.approval(new_id()) is None
    decided = await store.decide(asked, "ann", approved=approved)
    again = await store.decide(asked, "bob", approved=not approved)
    assert decided is not None
    assert decided == again
    assert (decided.state, decided.decided_by) == ("approved" if approved else "refused", "ann")
    assert await store.approvals() == []
    (found,) = await woken(store)
    assert [(each.kind, each.slot, each.data) for each in found.signals] == [
        ("decided", "s1", b"true" if approved else b"false")
    ]


async def test_two_deciders_at_once(store: Store) -> None:
    _, asked = await asking(store)
    rows = await asyncio.gather(*(store.decide(asked, str(n), approved=n % 2 == 0) for n in range(6)))
    assert len({row.decided_by for row in rows if row}) == 1
    (found,) = await woken(store)
    assert len(found.signals) == 1


async def test_a_decision_that_is_too_late(store: Store, pass_time: PassTime) -> None:
    _, asked = await asking(store, SHORT)
    await pass_time(SHORT + 0.05)
    row = await store.decide(asked, "ann", approved=True)
    assert row is not None
    assert row.state == "closed"
    assert await woken(store) == []
    assert await store.decide(new_id(), "ann", approved=True) is None


async def test_questions_close_when_they_are_forgotten_or_the_run_ends(store: Store) -> None:
    first, one = await asking(store)
    second, other = await asking(store)
    for claimed, asked, then in ((first, one, Go()), (second, other, End("stopped"))):
        assert await store.signals([claimed.run_id]) == {}
        await store.decide(new_id(), "x", approved=True)
        assert asked in {row.id for row in await store.approvals()}
        again = await reclaimed(store, claimed.run_id)
        await store.commit([move(again, then, forgets=("s1",) if isinstance(then, Go) else ())])
    assert {row.state for row in await store.approvals(open_only=False)} == {"closed"}


async def reclaimed(store: Store, run_id: UUID) -> Claimed:
    """The run in our hands again, woken by an order to end."""
    key = str(run_id)
    assert await store.take_turn("R", key, run_id, "queue") is None
    canceller = await one_claimed(store, new_id())
    await store.commit([move(canceller, End("done"), cancels=(("R", key.encode()),))])
    (found,) = [each for each in await woken(store) if each.run_id == run_id]
    return found


# --- turns ----------------------------------------------------------------------------------------------------------


async def started(store: Store, count: int) -> list[Claimed]:
    runs: list[NewRun] = [run() for _ in range(count)]
    await store.start(runs)
    claimed = {each.run_id: each for each in await woken(store)}
    return [claimed[each.id] for each in runs]


async def test_skip_lets_one_live_run_have_the_key(store: Store) -> None:
    first, second = await started(store, 2)
    assert await store.take_turn("R", "k", first.run_id, "skip") is None
    assert await store.take_turn("R", "k", first.run_id, "skip") is None
    assert await store.take_turn("R", "k", second.run_id, "skip") == first.run_id
    assert await store.take_turn("R", "other", second.run_id, "skip") is None
    await store.commit([move(first, End("done"))])
    (third,) = await started(store, 1)
    assert await store.take_turn("R", "k", third.run_id, "skip") is None


async def test_of_many_at_once_one_has_the_turn(store: Store) -> None:
    many = await started(store, 8)
    found = await asyncio.gather(*(store.take_turn("R", "k", each.run_id, "skip") for each in many))
    assert found.count(None) == 1


async def test_a_queue_goes_on_in_order(store: Store) -> None:
    runs = await started(store, 3)
    ahead = [await store.take_turn("R", "k", each.run_id, "queue") for each in runs]
    assert ahead == [None, runs[0].run_id, runs[0].run_id]
    await store.commit([move(each, Sleep(3600.0, "matching")) for each in runs[1:]])
    await store.commit([move(runs[0], End("done"))])
    (second,) = await woken(store)
    assert second.run_id == runs[1].run_id
    assert [each.kind for each in second.signals] == ["turn"]
    assert await store.take_turn("R", "k", second.run_id, "queue") is None


async def test_a_turn_that_comes_before_the_run_sleeps_is_not_lost(store: Store) -> None:
    first, second = await started(store, 2)
    await store.take_turn("R", "k", first.run_id, "queue")
    await store.take_turn("R", "k", second.run_id, "queue")
    await store.commit([move(first, End("done"))])
    await store.commit([move(second, Sleep(3600.0, "matching"))])
    assert [each.run_id for each in await woken(store)] == [second.run_id]


async def test_replace_ends_those_ahead(store: Store) -> None:
    first, second = await started(store, 2)
    await store.commit([move(first, Sleep(3600.0))])
    await store.take_turn("R", "k", first.run_id, "replace")
    assert await store.take_turn("R", "k", second.run_id, "replace") == first.run_id
    assert await store.take_turn("R", "k", second.run_id, "replace") == first.run_id
    (told,) = await woken(store)
    (signal,) = told.signals
    assert signal.fault is not None
    assert (told.run_id, signal.kind, signal.fault.code) == (first.run_id, "end", "replaced")


async def test_cancel_reaches_who_has_the_key_and_nobody_else(store: Store) -> None:
    first, second, third = await started(store, 3)
    await store.take_turn("S", "1", first.run_id, "skip")
    await store.take_turn("S", "2", second.run_id, "skip")
    await store.commit([move(each, Sleep(3600.0)) for each in (first, second)])
    await store.commit([move(third, End("done"), cancels=(("S", b"1"),))])
    (told,) = await woken(store)
    assert (told.run_id, [each.kind for each in told.signals]) == (first.run_id, ["end"])
    assert {each.status for each in await store.runs(RunFilter(rule="R"))} == {"waiting", "done"}


async def test_a_queue_goes_by_the_ids_whoever_asks_first(store: Store) -> None:
    runs = await started(store, 4)
    for number in (1, 3, 2, 0):
        await store.take_turn("R", "k", runs[number].run_id, "queue")
    went = []
    for number in (1, 0, 2, 3):
        went.append(await store.take_turn("R", "k", runs[number].run_id, "queue"))
        await store.commit([move(runs[number], End("done"))])
    assert went == [None] * 4


async def named(store: Store, count: int, key: str = "k") -> list[Claimed]:
    """Runs that stand in line since their start."""
    runs = [run(rule="S", kind="sequence", turn=key) for _ in range(count)]
    await store.start(runs)
    claimed = {each.run_id: each for each in await woken(store)}
    return [claimed[each.id] for each in runs]


async def test_who_stands_in_line_since_its_start_is_waited_for(store: Store) -> None:
    first, second, third = await named(store, 3)
    assert await store.take_turn("S", "k", third.run_id, "queue") == first.run_id
    assert await store.take_turn("S", "k", second.run_id, "queue") == first.run_id
    await store.commit([move(each, Sleep(3600.0, "matching")) for each in (second, third)])
    assert await woken(store) == []
    assert await store.take_turn("S", "k", first.run_id, "queue") is None
    await store.commit([move(first, End("done"))])
    (told,) = await woken(store)
    assert (told.run_id, await store.take_turn("S", "k", told.run_id, "queue")) == (second.run_id, None)


async def test_who_ends_before_it_has_asked_holds_nobody_up(store: Store) -> None:
    first, second = await named(store, 2)
    assert await store.take_turn("S", "k", second.run_id, "queue") == first.run_id
    await store.commit([move(second, Sleep(3600.0, "matching"))])
    await store.commit([move(first, End("suppressed"))])
    (told,) = await woken(store)
    assert (told.run_id, await store.take_turn("S", "k", told.run_id, "queue")) == (second.run_id, None)


async def test_skip_does_not_wait_for_who_has_yet_to_ask(store: Store) -> None:
    first, second = await named(store, 2)
    assert await store.take_turn("S", "k", second.run_id, "skip") is None
    assert await store.take_turn("S", "k", first.run_id, "skip") == second.run_id


async def test_cancel_reaches_runs_that_nobody_has_looked_at_yet(store: Store) -> None:
    canceller = await one_claimed(store, new_id())
    parent = await one_claimed(store, new_id())
    waiting, child, other = (run(rule="S", kind="sequence", turn=key) for key in ("1", "1", "2"))
    await store.start([waiting])
    await store.commit([move(parent, starts=(child, other))])
    await store.commit([move(canceller, cancels=(("S", b"1"),))])
    found = {each.run_id: [signal.kind for signal in each.signals] for each in await woken(store)}
    assert found == {waiting.id: ["end"], child.id: ["end"], other.id: []}


async def test_of_two_that_replace_one_another_the_newer_stays_whoever_asks_first(store: Store) -> None:
    first, second = await started(store, 2)
    assert await store.take_turn("R", "k", second.run_id, "replace") is None
    assert await store.take_turn("R", "k", first.run_id, "replace") == second.run_id
    told = await store.signals([first.run_id, second.run_id])
    assert {each: [signal.fault and signal.fault.code for signal in many] for each, many in told.items()} == {
        first.run_id: ["replaced"]
    }


async def test_arrivals_of_a_batch_wake_each_their_own(store: Store) -> None:
    one = await asleep(store, listen(path="id", value=b"1"))
    two = await asleep(store, listen(path="id", value=b"2"))
    await store.accept([], [answer(data=b'{"id": 2}'), answer(data=b'{"id": 1}'), answer(data=b'{"id": 2}'), arrival()])
    found = {each.run_id: len(each.signals) for each in await woken(store)}
    assert (found[one.run_id], found[two.run_id]) == (1, 2)
