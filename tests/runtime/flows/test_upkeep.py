from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import graphs as g
import psycopg
from conftest import QUICK
from msgspec.structs import replace

from treadle.runtime.ids import DEFAULT_WORKSPACE, first_id
from treadle.runtime.ports import NewRun

OLD = """
    insert into treadle.runs (workspace_id, id, hops, graph, kind, rule, origin)
    values (%(own)s, %(id)s, 0, 'g', 'rule', 'r', 'r')
"""
ENDED = """
    insert into treadle.run_ends (workspace_id, run_id, ended_at, epoch, outcome, rule)
    values (%(own)s, %(id)s, now() - interval '40 days', 1, 'done', 'r')
"""


async def test_workers_forget_what_is_old_while_they_work(shop):
    """Two of them at once, and a run from before, which still waits."""
    rule = g.rule("r", g.wait("s1", "PT0.2S", "s2"), g.log("s2", "after"))
    await shop.publish(rule)
    at = await shop.engine.store.now() - timedelta(days=60)
    with psycopg.connect(shop.engine.settings.database_url, autocommit=True) as owner:
        ids = [{"own": DEFAULT_WORKSPACE, "id": UUID(int=first_id(at).int + number)} for number in range(700)]
        for statement in (OLD, ENDED):
            owner.cursor().executemany(statement, ids)
    waiting = NewRun(
        id=first_id(at - timedelta(days=1)),
        graph=rule.version(),
        kind="rule",
        rule="r",
        origin="r",
        status="running",
        state=b"{}",
        delay=3600.0,
    )
    await shop.engine.store.start([waiting])
    assert len(await shop.runs(limit=1000)) == 701
    timing = replace(QUICK, upkeep=0.05)
    async with shop.working(timing), shop.working(timing):
        event = await shop.placed()
        await shop.until(lambda: gone(shop))
        (row,) = await shop.ended(event_id=event)
    assert row.status == "done"
    assert [each.id for each in await shop.runs(limit=1000)] == [row.id, waiting.id]


async def gone(shop):
    return len(await shop.runs(limit=1000)) <= 2
