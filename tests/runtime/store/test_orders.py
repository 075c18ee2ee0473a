"""The contract of orders from outside: runs that are told to end, and words about calls whose outcome is unknown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.runtime.store.making import LEASE, done, intent, move, one_claimed, run

from treadle.runtime.ids import new_id
from treadle.runtime.ports import (
    Claimed,
    End,
    Fault,
    Go,
    How,
    NewResolution,
    NewStep,
    Park,
    Sleep,
    StepOutcome,
    Store,
    StoredStep,
    Verdict,
)

FAULT = Fault("cancelled", "ana cancelled it")


@pytest.mark.parametrize("then", [Sleep(3600.0), Park(), Sleep(3600.0, "matching")])
async def test_a_run_that_rests_is_due_at_once_and_finds_the_order(store: Store, then: Sleep | Park) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, then)])
    assert await store.order_end([claimed.run_id], new_id(), FAULT) == {claimed.run_id: then.status}
    (again,) = await store.claim(new_id(), 10, LEASE)
    assert [(each.kind, each.fault) for each in again.signals] == [("end", FAULT)]


async def test_a_run_that_nobody_has_claimed_yet_finds_the_order(store: Store) -> None:
    waiting = run()
    await store.start([waiting])
    await store.order_end([waiting.id], new_id(), FAULT)
    (claimed,) = await store.claim(new_id(), 10, LEASE)
    assert [each.kind for each in claimed.signals] == ["end"]


async def test_who_writes_about_a_run_is_told_that_something_came(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    told: set[UUID] = set()
    assert await store.commit([move(claimed, Go())], told) == set()
    assert told == set()
    await store.order_end([claimed.run_id], new_id(), FAULT)
    assert await store.commit([move(claimed, Go())], told) == set()
    assert told == {claimed.run_id}
    (signal,) = (await store.signals([claimed.run_id]))[claimed.run_id]
    told.clear()
    await store.commit([move(claimed, Go(), read=(signal.id,))], told)
    assert told == set()


async def test_an_order_is_given_once_and_not_to_a_run_that_is_over(store: Store) -> None:
    claimed, by = await one_claimed(store, new_id()), new_id()
    for _ in range(2):
        await store.order_end([claimed.run_id], by, FAULT)
    assert len((await store.signals([claimed.run_id]))[claimed.run_id]) == 1
    await store.commit([move(claimed, End("done"))])
    assert await store.order_end([claimed.run_id, new_id()], by, FAULT) == {claimed.run_id: "done"}
    assert await store.signals([claimed.run_id]) == {}


# --- calls whose outcome is unknown -----------------------------------------------------------------------------------


async def unknown(store: Store) -> tuple[Claimed, StoredStep]:
    """A parked run whose call is unknown."""
    claimed, step = await one_claimed(store, new_id()), intent()
    await store.commit([move(claimed, steps=(step,))])
    await store.commit([move(claimed, Park(), outcome=done(step, state="unknown"))])
    (stored,) = await store.steps(claimed.run_id)
    return claimed, stored


def word(step: StoredStep, how: How = "skip", **given: Any) -> NewResolution:
    since = given.pop("since", step.ended_at)
    return NewResolution(id=new_id(), run_id=step.run_id, step_id=step.id, since=since, how=how, who="ana", **given)


async def test_a_word_about_a_call_wakes_its_run_and_counts_once(store: Store) -> None:
    claimed, step = await unknown(store)
    said = word(step, "happened", reason="saw it", output=b'{"id": 1.50}')
    first = await store.resolve(said)
    assert first is not None
    assert (first.id, first.how, first.who, first.reason) == (said.id, "happened", "ana", "saw it")
    assert await store.resolve(word(step, "again")) == first
    assert await store.resolutions(claimed.run_id) == [first]
    (again,) = await store.claim(new_id(), 10, LEASE)
    (signal,) = again.signals
    assert signal.kind == "resolved"
    verdict = msgspec.json.decode(signal.data or b"", type=Verdict)
    assert (verdict.step, verdict.how, verdict.who, bytes(verdict.output)) == (
        step.id, "happened", "ana", b'{"id": 1.50}',
    )  # fmt: skip
    outcome = StepOutcome(id=step.id, state="done", tries=1)
    await store.commit([move(again, Park(), outcome=outcome, read=(signal.id,))])
    assert await store.resolve(word(step, "again")) is None


async def test_a_word_counts_for_the_doubt_that_was_seen(store: Store) -> None:
    claimed, step = await unknown(store)
    assert step.ended_at is not None
    assert await store.resolve(word(step, since=step.ended_at - timedelta(seconds=1))) is None
    (again,) = [await store.resolve(word(step, "again"))]
    assert again is not None
    (run_,) = await store.claim(new_id(), 10, LEASE)
    await store.commit(
        [move(run_, read=(run_.signals[0].id,), outcome=StepOutcome(id=step.id, state="intent", tries=2))]
    )
    assert await store.resolve(word(step)) is None
    await store.commit([move(run_, Park(), outcome=StepOutcome(id=step.id, state="unknown", tries=2))])
    (later,) = await store.steps(claimed.run_id)
    assert await store.resolve(word(later)) is not None
    assert [each.how for each in await store.resolutions(claimed.run_id)] == ["again", "skip"]


async def test_nothing_can_be_said_about_a_run_that_is_over(store: Store) -> None:
    claimed, step = await unknown(store)
    assert await store.state(claimed.run_id) == claimed.state
    await store.order_end([claimed.run_id], new_id(), FAULT)
    (again,) = await store.claim(new_id(), 10, LEASE)
    await store.commit([move(again, End("stopped", FAULT))])
    assert await store.state(claimed.run_id) is None
    assert await store.resolve(word(step)) is None
    assert await store.resolutions(claimed.run_id) == []


async def test_a_note_comes_into_a_history_once_whoever_has_the_run(store: Store) -> None:
    claimed = await one_claimed(store, new_id())
    await store.commit([move(claimed, End("done"))])
    note = NewStep(id=new_id(), seq=1, node="s1", what="sent twice", state="failed", error=FAULT)
    for _ in range(2):
        await store.note(claimed.run_id, note)
        await store.note(new_id(), note)
    (stored,) = await store.steps(claimed.run_id)
    assert (stored.id, stored.what, stored.error, stored.effect) == (note.id, "sent twice", FAULT, None)
