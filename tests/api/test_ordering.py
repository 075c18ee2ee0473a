"""/runs/{id}/cancel: what people order about a run."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
from tests.api.test_runs import working

from treadle.runtime.engine import Engine

RULE = """rule "{name}"
  when by hand
  do
    wait 1 day
"""


async def started(api: httpx.AsyncClient) -> str:
    """A run that sleeps."""
    name = f"R {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/o.rule": RULE.format(name=name)}})
    answer = await api.post("/api/v1/runs", json={"rule": name})
    return str(answer.json()["run"])


async def ended(api: httpx.AsyncClient, run: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await api.get(f"/api/v1/runs/{run}")).json()
            if found["ended_at"]:
                return found
            await asyncio.sleep(0.02)


async def test_a_run_is_cancelled_and_says_by_whom(api: httpx.AsyncClient, engine: Engine) -> None:
    run = await started(api)
    async with working(engine):
        answer = await api.post(f"/api/v1/runs/{run}/cancel", json={"who": "ana", "reason": "a mistake"})
        assert (answer.status_code, answer.json()["id"]) == (202, run)
        found = await ended(api, run)
    assert (found["status"], found["error"]["code"]) == ("stopped", "cancelled")
    assert found["error"]["message"] == "ana cancelled it: a mistake"
    again = await api.post(f"/api/v1/runs/{run}/cancel", json={})
    assert (again.status_code, again.json()["code"]) == (409, "run_over")
    assert "stopped already" in again.json()["detail"]


async def test_what_is_not_there_cannot_be_cancelled(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"/api/v1/runs/{uuid4()}/cancel", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")
    for body in ({"who": ""}, {"reason": 5}, {"why": "x"}):
        assert (await api.post(f"/api/v1/runs/{uuid4()}/cancel", json=body)).status_code == 400


async def test_what_cannot_be_said_about_a_step_is_refused(api: httpx.AsyncClient) -> None:
    run = await started(api)
    address = f"/api/v1/runs/{run}/resolve"
    answer = await api.post(address, json={"step": 1, "how": "skip"})
    assert (answer.status_code, answer.json()["code"]) == (404, "step_unknown")
    for body in ({"step": "s1"}, {"step": "s1", "how": "perhaps"}, {"how": "skip"}):
        assert (await api.post(address, json=body)).status_code == 400
    answer = await api.post(f"/api/v1/runs/{uuid4()}/resolve", json={"step": "s1", "how": "check"})
    assert (answer.status_code, answer.json()["code"]) == (404, "run_unknown")
    found = (await api.get(f"/api/v1/runs/{run}")).json()
    assert (found["doubts"], found["resolutions"]) == ([], [])


async def test_a_run_is_run_again_and_linked(api: httpx.AsyncClient, engine: Engine) -> None:
    run = await started(api)
    address = f"/api/v1/runs/{run}/retry"
    early = await api.post(address, json={})
    assert (early.status_code, early.json()["code"]) == (422, "cannot_retry")
    await api.post(f"/api/v1/runs/{run}/cancel", json={})
    async with working(engine):
        await ended(api, run)
    answer = await api.post(address, json={"version": "newest"})
    assert (answer.status_code, answer.json()["retry_of"]) == (202, run)
    found = (await api.get(f"/api/v1/runs/{answer.json()['run']}")).json()
    assert (found["retry_of"], found["ended_at"]) == (run, None)
    assert (await api.post(f"/api/v1/runs/{uuid4()}/retry", json={})).status_code == 404
    assert (await api.post(address, json={"version": "old"})).status_code == 400


async def test_what_a_run_did_is_not_done_again_silently(api: httpx.AsyncClient, engine: Engine) -> None:
    name, does = f"R {uuid4().hex[:8]}", '    treadle.remember(key: "r", value: 1)'
    rule = RULE.format(name=name).replace("    wait 1 day", does)
    await api.post("/api/v1/publications", json={"files": {"rules/o.rule": f"use treadle\n\n{rule}"}})
    run = str((await api.post("/api/v1/runs", json={"rule": name})).json()["run"])
    async with working(engine):
        await ended(api, run)
    address = f"/api/v1/runs/{run}/retry"
    refused = await api.post(address, json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "would_repeat")
    assert "step 1 (treadle.remember) was done" in refused.json()["detail"]
    assert (await api.post(address, json={"repeat": True})).status_code == 202
    assert "run again already" in (await api.post(address, json={})).json()["detail"]
