"""/publications, /language/check and /runs: files in, a run out, with the lines it came from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from tests.api.test_events import LEAD

from treadle.runtime.engine import Engine
from treadle.runtime.worker import Worker

RULE = """use kommo

rule "{name}"
  when kommo.lead_created as lead
  where lead.price > 500
  do
    log "big: {{lead.name}}"
    if lead.price > 800
      fail "too big"
"""
BROKEN = RULE.replace("lead.price > 500", "lead.prise > 500")


@asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(engine).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def ended(api: httpx.AsyncClient, run: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await api.get(f"/api/v1/runs/{run}")).json()
            if found["status"] not in ("matching", "running"):
                return found
            await asyncio.sleep(0.02)


async def test_a_rule_is_published_runs_and_shows_each_step(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"R {uuid4().hex[:8]}"
    live = await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    assert live.status_code == 201
    assert (live.json()["rules"], live.json()["sequences"], live.json()["diagnostics"]) == ([name], [], [])
    lead = LEAD | {"id": int(uuid4().hex[:10], 16)}
    put = await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    (event,) = put.json()["events"]
    seen = (await api.get(f"/api/v1/events/{event}")).json()
    assert (seen["outcome"], len(seen["runs"])) == ("fired", 1)
    async with working(engine):
        run = await ended(api, seen["runs"][0])
    assert (run["rule"], run["status"], run["event"]) == (name, "failed", event)
    assert run["error"]["message"] == "too big"
    assert run["source"] == {"file": "rules/r.rule", "line": 3, "col": 1}
    log = run["steps"][0]
    assert (log["seq"], log["what"], log["state"], log["error"]) == (1, "log", "done", None)
    assert log["source"] == {"file": "rules/r.rule", "line": 7, "col": 5}
    assert "big: Ana" in str(log)
    assert log["ended_at"] >= log["started_at"]
    for query in ({"rule": name}, {"event": event}, {"entity": f"kommo.lead:{lead['id']}"}):
        page = (await api.get("/api/v1/runs", params=query)).json()
        assert [each["id"] for each in page["items"]] == [run["id"]]
    page = (await api.get("/api/v1/runs", params={"rule": name, "status": "done"})).json()
    assert page["items"] == []


async def test_an_event_below_the_condition_says_which_one_failed(api: httpx.AsyncClient) -> None:
    name = f"R {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    put = await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": LEAD | {"price": 499.5}})
    seen = (await api.get(f"/api/v1/events/{put.json()['events'][0]}")).json()
    assert seen["outcome"] == "filtered"
    (rule,) = seen["explanation"]
    assert (rule["rule"], rule["file"], rule["outcome"], rule["run"]) == (name, "rules/r.rule", "filtered", None)
    assert "lead.price > 500" in rule["why"]
    assert "499.5" in rule["why"]


async def test_files_with_errors_change_nothing(api: httpx.AsyncClient, engine: Engine) -> None:
    before = await engine.store.live()
    refused = await api.post("/api/v1/publications", json={"files": {"r.rule": BROKEN.format(name="Broken")}})
    assert (refused.status_code, refused.json()["code"]) == (422, "rules_have_faults")
    (found,) = refused.json()["diagnostics"]
    assert (found["code"], found["severity"], found["start"]) == ("E206", "error", {"line": 5, "col": 14})
    assert await engine.store.live() == before
    checked = await api.post("/api/v1/language/check", json={"files": {"r.rule": BROKEN.format(name="Broken")}})
    assert checked.status_code == 200
    assert checked.json()["diagnostics"] == [found]


async def test_sound_files_have_nothing_to_say(api: httpx.AsyncClient) -> None:
    checked = await api.post("/api/v1/language/check", json={"files": {"r.rule": RULE.format(name="Sound")}})
    assert checked.json()["diagnostics"] == []


async def test_a_run_that_is_not_there(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"/api/v1/runs/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")
    wrong = await api.get("/api/v1/runs", params={"status": "sleeping"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_request")


async def test_a_rule_is_started_by_hand(api: httpx.AsyncClient) -> None:
    name = f"Button {uuid4()}"
    text = f'rule "{name}"\n  when by hand (amount: number)\n  do\n    log "{{amount}}"\n'
    assert (await api.post("/api/v1/publications", json={"files": {"a.rule": text}})).status_code == 201
    started = await api.post("/api/v1/runs", json={"rule": name, "args": {"amount": 0.1}})
    assert started.status_code == 202
    assert (await api.get(f"/api/v1/runs/{started.json()['run']}")).json()["rule"] == name
    refused = await api.post("/api/v1/runs", json={"rule": name, "args": {"amount": "much"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "start_invalid")
    assert refused.json()["detail"] == f'"{name}": amount is no number.'
