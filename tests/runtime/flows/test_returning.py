"""Runs whose worker cannot write, or fails at them: each is given back with what is known, and ends."""

from __future__ import annotations

import asyncio
import logging

import graphs as g
import pytest
import structlog
from conftest import QUICK

from treadle.runtime.ids import new_id
from treadle.runtime.logs import configure
from treadle.runtime.ports import Go, NewRun, NewStep, StoreDown, Transition
from treadle.runtime.worker import Worker


@pytest.fixture(autouse=True)
def _logged_as_installed(settings, shop):
    """Tracebacks in structlog's own colours would keep the loop busy for seconds."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(settings, shop.engine.redactor)
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


BLIND = g.rule("once", g.call("s1", "remark", order=g.field("id"), text="hi", effect="blind"))


def failing(store, monkeypatch, *, when, times, fault):
    """`commit` fails so many times for batches in which `when` holds for a transition; the failures are counted."""
    failures, commit = [], store.commit

    async def broken(transitions, told=None):
        if len(failures) < times and any(when(each) for each in transitions):
            failures.append(transitions)
            raise fault("not now")
        return await commit(transitions, told)

    monkeypatch.setattr(store, "commit", broken)
    return failures


def opens(transition):
    return isinstance(transition.then, Go)


def closes(transition):
    return transition.outcome is not None


@pytest.mark.parametrize("when", [opens, closes])
async def test_a_store_that_was_away_leaves_no_doubt_about_what_this_worker_knows(shop, monkeypatch, when):
    """The committer tries four times; then the run is given back, with its intent unsent or its outcome known."""
    failures = failing(shop.engine.store, monkeypatch, when=when, times=5, fault=StoreDown)
    await shop.publish(BLIND)
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert len(failures) == 5
    assert (row.status, len(shop.sink.writes())) == ("done", 1)
    (step,) = await shop.engine.store.steps(row.id)
    assert (step.state, step.tries) == ("done", 1)


async def test_a_fault_of_ours_that_passes_fails_no_run(shop, monkeypatch):
    monkeypatch.setattr("treadle.runtime.returning._AGAIN", 0.05)
    failing(shop.engine.store, monkeypatch, when=opens, times=9, fault=RuntimeError)
    await shop.publish(BLIND)
    for order in range(8):
        await shop.placed(order)
    async with shop.working():
        rows = await shop.ended(8)
    assert {row.status for row in rows} == {"done"}
    assert len(shop.sink.writes()) == 8


async def test_a_run_that_cannot_be_written_is_put_aside_and_its_neighbours_are_not(shop, monkeypatch):
    monkeypatch.setattr("treadle.runtime.returning._AGAIN", 0.05)
    store = shop.engine.store
    await shop.publish(BLIND)
    for order in range(8):
        await shop.placed(order)
    poison = (await shop.runs())[3].id
    failing(store, monkeypatch, when=lambda each: each.run_id == poison and opens(each), times=1000, fault=RuntimeError)
    async with shop.working():
        rows = await shop.ended(8)
        assert (await store.load()).claimed == 0
    fates = {row.id: (row.status, row.error and row.error.code) for row in rows}
    assert fates.pop(poison) == ("failed", "internal")
    assert set(fates.values()) == {("done", None)}
    assert len(shop.sink.writes()) == 7


async def test_what_cannot_be_given_back_by_a_write_is_given_back_with_its_lease(shop, monkeypatch):
    """Even the return of a run is refused for a while: its lease must not be prolonged for ever."""
    monkeypatch.setattr("treadle.runtime.returning._AGAIN", 0.05)
    failing(shop.engine.store, monkeypatch, when=lambda each: True, times=6, fault=RuntimeError)
    await shop.publish(BLIND)
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, len(shop.sink.writes())) == ("done", 1)


async def test_a_run_that_is_ours_in_the_store_and_that_nobody_drives_is_given_back(shop, monkeypatch):
    """However it came about: renewals notice it."""
    await shop.publish(BLIND)
    claim = shop.engine.store.claim
    async with shop.working() as worker:
        monkeypatch.setattr(shop.engine.store, "claim", _claims_nothing)
        await shop.placed(1)
        (lost,) = await claim(worker._claimant._id, 1, QUICK.lease)
        monkeypatch.undo()
        (row,) = await shop.ended(1)
    assert (row.id, row.status) == (lost.run_id, "done")


async def _claims_nothing(*_, **__):
    return []


@pytest.mark.parametrize("first", ["old", "new"])
async def test_what_an_older_claim_left_is_not_written_beside_what_the_newer_one_does(shop, first):
    """The same worker may have both in one group: its write that failed, and the run as it claimed it again."""
    store, worker = shop.engine.store, Worker(shop.engine)
    await shop.publish(BLIND)
    await shop.placed(1)
    (lost,) = await store.claim(new_id(), 1, 0.01)
    await asyncio.sleep(0.02)
    (held,) = await store.claim(new_id(), 1, 60.0)
    started = NewRun(
        id=new_id(), graph=held.graph, kind="rule", rule="once", origin="once", status="running", state=b"{}"
    )
    old = Transition(run_id=lost.run_id, epoch=lost.epoch, then=Go(), steps=(open_step(),), starts=(started,))
    new = Transition(run_id=held.run_id, epoch=held.epoch, then=Go(), steps=(open_step(),))
    group = [old, new] if first == "old" else [new, old]
    written = await worker._write(group)
    assert dict(zip(map(id, group), written, strict=True)) == {id(old): "fenced", id(new): "written"}
    assert [step.id for step in await store.steps(held.run_id)] == [new.steps[0].id]
    assert [row.id for row in await shop.runs()] == [held.run_id]


def open_step():
    return NewStep(id=new_id(), seq=1, node="s1", what="acme.remark", state="intent", effect="blind", input=b"{}")
