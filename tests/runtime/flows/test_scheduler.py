"""Schedules, fired by real workers: each planned instant once, however many look, die or were away."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import graphs as g
import psycopg
import pytest
from conftest import QUICK
from mortals import dies
from msgspec.structs import replace

from treadle.dsl.graph import Schedule
from treadle.runtime.firing import keys_of

PROMPT = replace(QUICK, tick=0.05)
SELDOM = 'rule "Clock"\n  when every 30 day\n  do\n    log "tick"\n'
SAID = {
    "once": "; of 2 before it this is the latest, as `catch up once` says",
    "all": "and made up for now",
    "skip": "",
}
OTHER = 'rule "Other"\n  when every 50 day\n  do\n    log "tick"\n'


def clock(*nodes, **schedule):
    lines = (Schedule(span=g.SPAN, **schedule),)
    return g.rule("Clock", *(nodes or (g.log("s1", "tick"),)), hears=(), schedules=lines)


async def far_from_now(shop):
    """Each day at a time of day that is half a day away."""
    noon = await shop.engine.store.now() + timedelta(hours=12)
    return {"days": tuple(range(7)), "times": (f"{noon:%H:%M:%S}",)}


async def dealt_with(shop, graph):
    """Up to when its schedule was dealt with; a new one begins."""
    (planned,) = (await shop.engine.store.planned(sorted(keys_of([graph])))).values()
    return planned


async def pass_by(settings, time):
    """So much time passes while nobody works."""
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        await connection.execute("update treadle.schedules set planned_at = planned_at - %s", [time])


async def quiet(shop):
    """The runs, once the workers had time to fire what they want."""
    async with shop.working(PROMPT):
        await asyncio.sleep(0.5)
    return await shop.runs()


async def test_of_three_workers_one_fires_each_instant(shop):
    graph, step = clock(seconds=0.1, catch_up="all"), timedelta(seconds=0.1)
    begun = await dealt_with(shop, graph)
    await shop.publish(graph)
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(shop.working(PROMPT))
        rows = await shop.ended(8)
    assert {row.status for row in rows} == {"done"}
    assert len(await shop.runs()) == -((begun - await dealt_with(shop, graph)) // step)


@pytest.mark.parametrize(("catch_up", "fired"), [("once", 1), ("all", 3), ("skip", 0)])
async def test_what_was_missed_while_nobody_worked_follows_the_catch_up_word(shop, settings, catch_up, fired):
    graph = clock(catch_up=catch_up, **await far_from_now(shop))
    await dealt_with(shop, graph)
    await shop.publish(graph)
    await pass_by(settings, timedelta(days=3))
    assert len(await quiet(shop)) == fired
    rows = await quiet(shop)
    assert len(rows) == fired
    said = [(await shop.engine.store.steps(row.id))[0].error.message for row in reversed(rows)]
    assert [SAID[catch_up] in each for each in said] == [True] * fired
    assert sorted(said) == said


@pytest.mark.slow
async def test_a_worker_dies_with_a_firing_in_its_hands_and_another_goes_on(shop, settings):
    graph = clock(g.call("s1", "tag", order=1, tag="a"), **await far_from_now(shop))
    await dealt_with(shop, graph)
    await shop.publish(graph)
    await pass_by(settings, timedelta(days=1))
    await dies(settings, "after_outcome")
    async with shop.working(PROMPT):
        (row,) = await shop.ended(1)
    assert (row.status, len(await shop.runs()), len(shop.sink.writes())) == ("done", 1, 1)


async def test_a_schedule_that_is_published_while_workers_work_fires(shop):
    async with shop.working(PROMPT):
        await shop.publish(clock(seconds=0.2))
        (row, *_) = await shop.ended(1)
    assert row.status == "done"


async def test_a_schedule_counts_from_when_it_goes_live_also_when_nobody_works_then(shop, settings):
    assert not (await shop.engine.publish({"a.rule": SELDOM})).errors
    await pass_by(settings, timedelta(days=30))
    assert [row.rule for row in await quiet(shop)] == ["Clock"]


async def test_what_a_schedule_would_have_fired_while_it_was_not_live_is_not_made_up_for(shop, settings):
    for sources in ({"a.rule": SELDOM}, {"b.rule": OTHER}):
        await shop.engine.publish(sources)
    await pass_by(settings, timedelta(days=50))
    await shop.engine.publish({"a.rule": SELDOM, "b.rule": OTHER})
    assert [row.rule for row in await quiet(shop)] == ["Other"]


async def test_a_firing_waits_for_the_database(shop, monkeypatch):
    """A look that fails is not the last one."""
    store, asked = shop.engine.store, 0
    planned = store.planned

    async def failing(keys):
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OSError("gone")
        return await planned(keys)

    monkeypatch.setattr(store, "planned", failing)
    await shop.publish(clock(seconds=0.2))
    async with shop.working(PROMPT):
        await shop.ended(1)
    assert asked > 2
