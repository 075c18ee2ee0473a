"""/sequences/{name}/stop: the runs of one key, or all."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
from tests.api.people import audited
from tests.api.test_runs import working

from treadle.runtime.engine import Engine

FOLLOW = """sequence "{name}"(lead: int)
  one at a time per lead else skip
  do
    wait 3 days
    log "{{lead}}"
"""


async def alive(api: httpx.AsyncClient, name: str, count: int) -> None:
    """Returns when so many runs of it wait."""
    async with asyncio.timeout(20):
        while True:
            found = (await api.get("/api/v1/runs", params={"rule": name, "status": "waiting"})).json()["items"]
            if len(found) == count:
                return
            await asyncio.sleep(0.02)


async def test_a_sequence_is_stopped_for_one_key_or_for_all(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"S {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/s.rule": FOLLOW.format(name=name)}})
    for lead in (1, 2, 3):
        assert (await api.post(f"/api/v1/sequences/{name}/start", json={"args": {"lead": lead}})).status_code == 202
    async with working(engine):
        await alive(api, name, 3)
        address = f"/api/v1/sequences/{name}/stop"
        assert (await api.post(address, json={"key": "2", "reason": "she called"})).json() == {"runs": 1}
        await alive(api, name, 2)
        await api.post("/api/v1/publications", json={"files": {"rules/s.rule": "# nothing\n"}})
        assert (await api.post(address, json={})).json() == {"runs": 2}  # gone from the files, alive until now
        await alive(api, name, 0)
    runs = (await api.get("/api/v1/runs", params={"rule": name})).json()["items"]
    assert [run["status"] for run in runs] == ["stopped"] * 3
    assert sum("she called" in run["error"]["message"] for run in runs) == 1
    assert await audited(engine, name) == ["sequence.stopped"] * 2
    unknown = await api.post(address, json={})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sequence_unknown")
