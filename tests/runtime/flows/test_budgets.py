"""What one run may use: a run that goes beyond fails with a word that says so, and what was done stays done."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import graphs as g
import pytest
from aiohttp import web

from treadle.runtime import budgets
from treadle.runtime.machine.state import State


def tags(*names):
    ids = [f"s{number}" for number in range(1, len(names) + 1)]
    following = [*ids[1:], None]
    each = zip(ids, names, following, strict=True)
    return [g.call(step, "tag", then, order=g.field("id"), tag=name) for step, name, then in each]


async def run_of(shop, rule):
    await shop.publish(rule)
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended()
    return row, await shop.engine.store.steps(row.id)


async def test_an_answer_that_is_too_large_is_not_kept(shop):
    needs = g.call("s1", "harm", "s2", how="huge", name="answer")
    row, (harmed,) = await run_of(shop, g.rule("R", needs, g.log("s2", "on")))
    assert (row.status, row.error.code) == ("failed", "too_large")
    assert "95 MB" in row.error.message
    assert (harmed.state, harmed.output, harmed.error.code) == ("done", None, "too_large")


async def test_an_answer_that_nobody_needs_may_be_too_large(shop):
    row, steps = await run_of(shop, g.rule("R", g.call("s1", "harm", "s2", how="large"), g.log("s2", "on")))
    assert row.status == "done"
    assert [(each.what, each.state) for each in steps] == [("acme.harm", "done"), ("log", "done")]


async def test_what_is_kept_of_a_run_is_bounded(shop, monkeypatch):
    monkeypatch.setattr(budgets, "MOST_KEPT", 150)
    row, steps = await run_of(shop, g.rule("R", *tags(*"abcdefgh")))
    assert (row.status, row.error.code) == ("failed", "limit")
    assert "sequence" in row.error.message
    assert 1 <= len([each for each in steps if each.what == "acme.tag"]) < 8


async def test_what_a_run_remembers_is_bounded(shop, monkeypatch):
    monkeypatch.setattr(budgets, "MOST_STATE", 1500)
    first, second = tags("a", "b")
    row, _ = await run_of(shop, g.rule("R", g.assign("s0", "big", g.lit("x" * 2000), "s1"), first, second))
    assert (row.status, row.error.code) == ("failed", "limit")
    assert [each.path for each in shop.sink.writes()] == ["/orders/1/tags/a"]


async def test_a_run_at_work_for_too_long_fails_before_its_next_step(shop, monkeypatch):
    async def slowly(seen, before):
        await asyncio.sleep(1.1)
        return web.json_response({"id": 7})

    shop.sink.answers["PUT"] = slowly
    monkeypatch.setattr(budgets, "MOST_ACTIVE", timedelta(0))
    row, steps = await run_of(shop, g.rule("R", *tags("a", "b")))
    assert (row.status, row.error.code) == ("failed", "limit")
    assert [each.state for each in steps if each.what == "acme.tag"] == ["done"]


def test_time_at_work_is_counted_over_claims_and_never_backwards():
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert budgets.at_work(5, now, now + timedelta(seconds=2.9)) == 7
    assert budgets.at_work(5, now, now - timedelta(hours=1)) == 5


@pytest.mark.parametrize(
    ("state", "size", "says"),
    [
        (State(at=None, seq=budgets.MOST_STEPS), 0, "10,000 steps"),
        (State(at=None, kept=budgets.MOST_KEPT + 1), 0, "32 MB"),
        (State(at=None, active=21_601), 0, "6 hours"),
        (State(at=None), budgets.MOST_STATE + 1, "4 MB"),
    ],
)
def test_each_budget_says_what_to_do(state, size, says):
    fault = budgets.beyond(state, more=1, size=size)
    assert fault is not None
    assert fault.code == "limit"
    assert says in fault.message
    assert "start a sequence" in fault.message
    assert budgets.beyond(State(at=None), more=1, size=0) is None
