"""The contract of what is under one slot, of runs that are over, and of a batch, which is one moment."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import pytest
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
    Sleep,
    Store,
    Transition,
)


def listen(slot: str = "s1", **given: object) -> NewListen:
    return NewListen(slot=slot, **({"trigger": "t.answer"} | given))  # type: ignore[arg-type]


def asking(slot: str = "s1", question: str = "Ship it?") -> NewApproval:
    return NewApproval(id=new_id(), slot=slot, question=question, by="boss", seconds=60.0)


def answer(data: bytes = b"{}", cause: UUID | None = None, connection_id: UUID | None = CONNECTION) -> Arrival:
    return Arrival(event(trigger="t.answer", data=data, cause=cause, connection_id=connection_id))


async def started(store: Store, count: int) -> list[Claimed]:
    runs: list[NewRun] = [run() for _ in range(count)]
    await store.start(runs)
    claimed = {each.run_id: each for each in await store.claim(new_id(), count, LEASE)}
    return [claimed[each.id] for each in runs]


async def kinds(store: Store, run_id: UUID) -> list[tuple[str, str]]:
    """What is unread: kind and slot."""
    return [(each.kind, each.slot) for each in (await store.signals([run_id])).get(run_id, [])]


# --- slots ----------------------------------------------------------------------------------------------------------


async def test_a_run_that_ends_asks_nothing_and_listens_for_nothing(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    asked = asking()
    await store.commit([move(claimed, End("done"), approvals=(asked,), listens=(listen(),))])
    await store.accept([], [answer()])
    assert await store.approvals(open_only=False) == []
    assert await store.decide(asked.id, "ann", approved=True) is None
    assert await store.signals([claimed.run_id]) == {}


async def test_what_is_listened_for_under_a_slot_stays_also_when_it_is_another_trigger(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, listens=(listen(path="id", value=b"5"),))])
    await store.commit([move(claimed, listens=(listen(trigger="t.other"), listen(), listen(from_start=True)))])
    await store.accept([], [Arrival(event(trigger="t.other")), answer(b'{"id": 6}')])
    assert await kinds(store, claimed.run_id) == []
    await store.accept([], [answer(b'{"id": 5}')])
    assert await kinds(store, claimed.run_id) == [("event", "s1")]


async def test_a_slot_that_is_forgotten_is_free_at_once(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, listens=(listen(),), approvals=(asking(question="First?"),))])
    await store.accept([], [answer()])
    again = move(
        claimed, forgets=("s1",), listens=(listen(trigger="t.other"),), approvals=(asking(question="Second?"),)
    )
    await store.commit([again])
    await store.accept([], [answer(), Arrival(event(trigger="t.other"))])
    assert await kinds(store, claimed.run_id) == [("event", "s1")]
    assert {each.question: each.state for each in await store.approvals(open_only=False)} == {
        "First?": "closed",
        "Second?": "open",
    }


async def test_one_question_is_open_under_a_slot(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    first = asking(question="First?")
    await store.commit([move(claimed, approvals=(first, asking("s2")))])
    await store.commit([move(claimed, approvals=(asking(question="Second?"),))])
    assert {each.question for each in await store.approvals()} == {"First?", "Ship it?"}
    await store.decide(first.id, "ann", approved=True)
    await store.commit([move(claimed, approvals=(first, asking(question="Behind it?")))])
    assert {each.question for each in await store.approvals()} == {"Ship it?"}
    await store.commit([move(claimed, approvals=(asking(question="Third?"),))])
    assert {each.question for each in await store.approvals()} == {"Third?", "Ship it?"}


async def test_of_two_under_one_slot_in_one_write_the_first_counts(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.accept([], [answer()])
    listens = (listen(trigger="t.other"), listen(from_start=True))
    asked = (asking(question="First?"), asking(question="Second?"))
    await store.commit([move(claimed, listens=listens, approvals=asked)])
    await store.accept([], [answer()])
    assert await kinds(store, claimed.run_id) == []
    assert [each.question for each in await store.approvals(open_only=False)] == ["First?"]


# --- signals --------------------------------------------------------------------------------------------------------


async def test_two_orders_of_one_run_are_one_until_it_is_read(store: Store) -> None:
    first, second = await started(store, 2)
    for key in ("1", "2"):
        assert await store.take_turn("S", key, first.run_id, "queue") is None
    await store.commit([move(second, cancels=(("S", b"1"), ("S", b"2")))])
    await store.commit([move(second, cancels=(("S", b"1"),))])
    assert await store.take_turn("S", "1", second.run_id, "replace") == first.run_id
    (signal,) = (await store.signals([first.run_id]))[first.run_id]
    assert (signal.kind, signal.fault and signal.fault.code) == ("end", "cancelled")
    await store.commit([move(first, read=(signal.id,))])
    await store.commit([move(second, cancels=(("S", b"1"),))])
    assert await kinds(store, first.run_id) == [("end", "")]


async def test_a_heard_event_comes_with_what_another_run_had_loaded(store: Store) -> None:
    listening, other = await started(store, 2)
    await store.commit([move(listening, listens=(listen(),))])
    heard = event(trigger="t.answer")
    await store.accept([], [Arrival(heard, (run(event_id=heard.id),))])
    (loading,) = await store.claim(new_id(), 5, LEASE)
    await store.commit([move(loading, loaded=b'{"all": 1}')])
    (signal,) = (await store.signals([listening.run_id]))[listening.run_id]
    assert signal.event == await store.event(heard.id)
    assert signal.event is not None
    assert signal.event.loaded == b'{"all": 1}'
    assert await store.signals([other.run_id]) == {}


async def test_texts_that_no_column_holds_are_mended(store: Store) -> None:
    parent = await one_claimed(store, new_id())
    child = run(kind="sequence", parent_id=parent.run_id, answers="s1")
    asked = asking(question="a\0b")
    await store.commit([move(parent, starts=(child,), approvals=(asked,))])
    (claimed,) = await store.claim(new_id(), 5, LEASE)
    await store.commit([move(claimed, End("failed", Fault("c", "a\0b")))])
    (signal,) = (await store.signals([parent.run_id]))[parent.run_id]
    row = await store.run(child.id)
    decided = await store.decide(asked.id, "a\0b", approved=True)
    assert row is not None
    assert decided is not None
    assert signal.fault == row.error == Fault("c", "a\ufffdb")
    assert (decided.question, decided.decided_by) == ("a\ufffdb", "a\ufffdb")


# --- runs that are over ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("otherwise", ["skip", "queue", "replace"])
async def test_a_run_that_is_over_comes_into_no_line(
    store: Store, otherwise: Literal["skip", "queue", "replace"]
) -> None:
    over, first, second = await started(store, 3)
    await store.commit([move(over, End("done"))])
    assert await store.take_turn("R", "k", over.run_id, otherwise) is None
    assert await store.take_turn("R", "k", first.run_id, otherwise) is None
    assert await store.take_turn("R", "k", over.run_id, otherwise) == first.run_id
    await store.commit([move(first, End("done"))])
    assert await store.take_turn("R", "k", second.run_id, otherwise) is None
    assert await store.signals([second.run_id]) == {}


async def test_a_run_that_is_over_comes_into_no_group(store: Store) -> None:
    over, first = await started(store, 2)
    await store.commit([move(over, End("done"))])
    assert not await store.join_quiet("R", "k", over.run_id)
    assert await store.take_quiet("R", "k", over.run_id) is None
    assert await store.join_quiet("R", "k", first.run_id)
    assert not await store.join_quiet("R", "k", new_id())
    assert await store.take_quiet("R", "k", first.run_id) == []


async def test_a_group_is_over_when_the_one_that_fires_ends(store: Store) -> None:
    await store.accept([], [arrival() for _ in range(2)])
    older, newer = sorted(await store.claim(new_id(), 5, LEASE), key=lambda each: str(each.event and each.event.id))
    for each in (older, newer):
        assert await store.join_quiet("R", "k", each.run_id)
    await store.commit([move(newer, End("stopped", Fault("c", "m")))])
    assert await store.take_quiet("R", "k", older.run_id) is None
    (last,) = await started(store, 1)
    assert await store.join_quiet("R", "k", last.run_id)
    assert await store.take_quiet("R", "k", last.run_id) == []


# --- batches --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [0, 1])
async def test_a_batch_is_one_moment_in_any_order(store: Store, first: int) -> None:
    one, other = await started(store, 2)
    assert await store.take_turn("S", "1", other.run_id, "queue") is None
    made = answer(cause=one.run_id)
    batch: list[Transition] = [
        move(one, End("done"), emits=(made,), cancels=(("S", b"1"),)),
        move(other, Sleep(3600.0), listens=(listen(),)),
    ]
    assert await store.commit([batch[first], batch[1 - first]]) == set()
    (again,) = await store.claim(new_id(), 5, LEASE)
    assert (again.run_id, again.crashes) == (other.run_id, 0)
    assert {(each.kind, each.slot) for each in again.signals} == {("event", "s1"), ("end", "")}


@pytest.mark.parametrize("first", [0, 1])
async def test_who_ends_with_a_batch_is_told_nothing_and_stands_in_no_line(store: Store, first: int) -> None:
    one, other, third = await started(store, 3)
    for each in (one, other, third):
        await store.take_turn("R", "k", each.run_id, "queue")
    batch = [move(one, End("done")), move(other, End("done"), cancels=(("R", b"k"),))]
    await store.commit([batch[first], batch[1 - first], move(third, Go())])
    assert await store.signals([one.run_id, other.run_id]) == {}
    assert sorted(await kinds(store, third.run_id)) == [("end", ""), ("turn", "")]
    assert await store.take_turn("R", "k", third.run_id, "queue") is None


async def test_each_of_a_batch_that_cancels_a_key_says_so(store: Store) -> None:
    one, other, third = await started(store, 3)
    await store.take_turn("S", "1", third.run_id, "queue")
    await store.commit([move(each, End("done"), cancels=(("S", b"1"),)) for each in (one, other)])
    assert await kinds(store, third.run_id) == [("end", ""), ("end", "")]


@pytest.mark.parametrize("first", [0, 1])
async def test_what_returns_while_its_slot_is_forgotten_comes_behind_that(store: Store, first: int) -> None:
    parent = await one_claimed(store, new_id())
    child = run(kind="sequence", parent_id=parent.run_id, answers="s1")
    await store.commit([move(parent, starts=(child,))])
    (claimed,) = await store.claim(new_id(), 5, LEASE)
    batch = [move(claimed, End("done")), move(parent, forgets=("s1",))]
    await store.commit([batch[first], batch[1 - first]])
    assert await kinds(store, parent.run_id) == [("returned", "s1")]
