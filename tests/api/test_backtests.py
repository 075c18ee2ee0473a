"""Backtests over HTTP: really carried out, in a process of their own, over what the database recorded."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec import structs

from treadle.runtime.access import SYSTEM
from treadle.runtime.backtest.jobs import Backtest, Jobs, NewJob
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.ports import RunFilter
from treadle.runtime.services import backtests
from treadle.runtime.worker import Timing, Worker
from treadle.runtime.workspaces import Workspaces

QUICK = Timing(lease=1.6, renew=0.4, poll=0.1, beat=0.2, grace=2.0)
NAME = f"backtested_{uuid4().hex[:8]}"
FILE = f"{NAME}.rule"
TEXT = (
    f"event {NAME}\n  total: int\n\n"
    f'rule "{NAME}"\n  when {NAME} as order\n  where order.total >= BOUND\n  do\n    log "{{order.total}}"\n'
    f'    fail "too much"\n'
)


def text(bound: int) -> str:
    return TEXT.replace("BOUND", str(bound))


async def over(api: httpx.AsyncClient, id: str) -> Any:
    """The backtest, once it is over."""
    async with asyncio.timeout(60):
        while True:
            found = (await api.get(f"/api/v1/backtests/{id}")).json()
            if found["job"]["state"] != "running":
                return found
            await asyncio.sleep(0.1)


async def lived(engine: Engine, api: httpx.AsyncClient, *totals: int) -> datetime:
    """Publish the rule, let it hear of these; when it began."""
    began = await engine.store.now()
    sources = {**engine.live.sources, FILE: text(10)}
    await engine.publish(sources)
    stop = asyncio.Event()
    worker = asyncio.create_task(Worker(engine, timing=QUICK).run(stop))
    for total in totals:
        answer = await api.post("/api/v1/events", json={"trigger": f"event.{NAME}", "data": {"total": total}})
        assert answer.status_code == 202, answer.text
    fired = sum(total >= 10 for total in totals)
    async with asyncio.timeout(20):
        while len(await engine.store.runs(RunFilter(rule=NAME, status="failed", since=began))) < fired:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    stop.set()
    await worker
    return began


async def test_a_changed_rule_is_tried_over_the_past(engine: Engine, api: httpx.AsyncClient) -> None:
    since = await lived(engine, api, 5, 10, 20)
    body = {"since": since.isoformat(), "files": {FILE: text(20)}, "rules": [NAME]}
    answer = await api.post("/api/v1/backtests", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "running"
    found = await over(api, answer.json()["id"])
    assert (found["job"]["state"], found["job"]["error"], found["job"]["progress"]) == ("done", None, 1.0)
    (rule,) = found["result"]["rules"]
    assert (rule["rule"], rule["decisions"], rule["fired_then"], rule["fired_now"], rule["differ"]) == (
        NAME,
        3,
        2,
        1,
        1,
    )
    (difference,) = rule["differences"]
    assert difference["now"]["outcome"] == "filtered"
    assert "order.total" in difference["now"]["why"]
    listed = (await api.get("/api/v1/backtests")).json()["items"]
    assert answer.json()["id"] in [each["id"] for each in listed]


async def test_files_with_errors_are_told_of(engine: Engine, api: httpx.AsyncClient) -> None:
    since = await lived(engine, api, 10)
    body = {"since": since.isoformat(), "files": {FILE: 'rule "x"\n  when nothing.here\n'}}
    found = await over(api, (await api.post("/api/v1/backtests", json=body)).json()["id"])
    assert (found["job"]["state"], found["job"]["error"]["code"]) == ("failed", "rules_have_faults")
    assert found["job"]["diagnostics"][0]["file"] == FILE


@pytest.fixture
async def silent(engine: Engine) -> NewJob:
    """A backtest that no process is at."""
    jobs = Jobs(engine.database.pool, engine.store.workspace_id)
    now = datetime.now(UTC)
    if engine.live.publication is None:
        await engine.publish({FILE: text(10)})
    publication = engine.live.publication
    assert publication is not None
    new = NewJob(id=new_id(), publication=publication, since=now - timedelta(days=1), until=now, who="t")
    assert await jobs.begin(new)
    return new


async def test_one_at_a_time_and_it_can_be_cancelled(engine: Engine, api: httpx.AsyncClient, silent: NewJob) -> None:
    body = {"since": "2026-01-01T00:00:00Z", "files": {}}
    answer = await api.post("/api/v1/backtests", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "backtest_running")
    answer = await api.post(f"/api/v1/backtests/{silent.id}/cancel")
    assert (answer.status_code, answer.json()["cancelling"]) == (202, True)
    jobs = Jobs(engine.database.pool, engine.store.workspace_id)
    job = await jobs.one(silent.id)
    assert job is not None
    assert await jobs.beat(job, 1, None) is False
    assert await jobs.end(job, "cancelled")
    answer = await api.post(f"/api/v1/backtests/{silent.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "backtest_over")


def processes() -> list[int]:
    """Those of backtests that this process started."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            mine = f"\nPPid:\t{os.getpid()}\n" in (each / "status").read_text()
            if mine and b"treadle.runtime.backtest.child" in (each / "cmdline").read_bytes():
                found.append(int(each.name))
    return found


async def test_one_whose_process_is_killed_ends_as_failed_and_may_begin_again(
    engine: Engine, api: httpx.AsyncClient
) -> None:
    since = await lived(engine, api, 10)
    begun = (await api.post("/api/v1/backtests", json={"since": since.isoformat(), "files": {FILE: text(20)}})).json()
    async with asyncio.timeout(20):
        while not (running := processes()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    for each in running:
        os.kill(each, signal.SIGKILL)
    job = (await over(api, begun["id"]))["job"]
    assert (job["state"], job["error"]["code"]) == ("failed", "process_ended")
    assert "its process ended before it was done" in job["error"]["message"]
    assert (await api.post(f"/api/v1/backtests/{begun['id']}/restart")).status_code == 202
    assert (await over(api, begun["id"]))["result"]["differs"]


async def test_one_of_another_workspace_is_of_its_rules(engine: Engine) -> None:
    workspace, slug = new_id(), f"w{uuid4().hex[:8]}"
    await Workspaces(engine.database.of(workspace).pool, workspace).make(slug, slug)
    other = await engine.installation.opened(workspace)
    assert other is not None
    since = await other.store.now()
    await other.publish({FILE: text(10)})
    await other.put_event(f"event.{NAME}", {"total": 12})
    id_ = new_id()
    await backtests.begun(other, SYSTEM, id_, backtests.Asked(since=since, files={FILE: text(20)}))
    async with asyncio.timeout(60):
        while (found := await backtests.found(other, SYSTEM, id_)).job.state == "running":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert found.result is not None
    assert (found.job.state, found.result.events, found.result.differ) == ("done", 1, 1)


async def test_one_that_fell_silent_was_interrupted_and_begins_again(
    engine: Engine, api: httpx.AsyncClient, silent: NewJob
) -> None:
    async with engine.database.pool.connection() as connection:
        await connection.execute(
            "update backtests set beat_at = now() - interval '1 minute' where id = %s", [silent.id]
        )
    found = (await api.get(f"/api/v1/backtests/{silent.id}")).json()
    assert found["job"]["state"] == "interrupted"
    answer = await api.post(f"/api/v1/backtests/{silent.id}/restart")
    assert (answer.status_code, answer.json()["tries"]) == (202, 2)
    assert (await over(api, str(silent.id)))["job"]["state"] == "done"
    answer = await api.post(f"/api/v1/backtests/{silent.id}/restart")
    assert (answer.status_code, answer.json()["code"]) == (409, "backtest_over")


async def test_of_many_that_are_begun_again_at_once_one_is_at_work(engine: Engine, silent: NewJob) -> None:
    jobs, made = Jobs(engine.database.pool, engine.store.workspace_id), [silent.id]
    await jobs.end(await known(jobs, silent.id), "cancelled")
    for _ in range(3):
        new = structs.replace(silent, id=new_id())
        assert await jobs.begin(new)
        await jobs.end(await known(jobs, new.id), "cancelled")
        made.append(new.id)
    begun = await asyncio.gather(*(jobs.restart(each) for each in made))
    assert sorted(begun) == [False, False, False, True]
    await jobs.end(await known(jobs, made[begun.index(True)]), "cancelled")


async def known(jobs: Jobs, id: UUID) -> Backtest:
    found = await jobs.one(id)
    assert found is not None
    return found


async def test_what_cannot_be_asked(api: httpx.AsyncClient, engine: Engine) -> None:
    if engine.live.publication is None:
        await engine.publish({FILE: text(10)})
    answer = await api.post("/api/v1/backtests", json={"since": "2999-01-01T00:00:00Z", "files": {}})
    assert (answer.status_code, answer.json()["code"]) == (422, "backtest_invalid")
    answer = await api.get(f"/api/v1/backtests/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "backtest_unknown")
