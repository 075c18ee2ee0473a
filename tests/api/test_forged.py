"""X9: deliveries that nobody sent who may: to a wrong address, of another account, and lies to the right address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from tests.api.consenting import Account, account, engine_beside

from treadle.runtime.engine import Engine
from treadle.runtime.worker import Timing, Worker
from treadle_kommo.simulator import settings
from treadle_kommo.simulator.samples import DELIVERIES

RULE = """use kommo "{name}" as crm

rule "Celebrate {name}"
  when crm.lead_stage_changed as change
  where change.stage == "Won"
  do
    crm.add_note(lead_id: change.lead_id, text: "Well done")
"""
KIND, WON = DELIVERIES["lead_status"]


@pytest.fixture
async def kommo() -> AsyncIterator[Account]:
    async with account() as running:
        yield running


@pytest.fixture
async def engine(database_home: Path, kommo: Account) -> AsyncIterator[Engine]:
    async with engine_beside(database_home, kommo.host) as opened:
        yield opened


@asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(engine, timing=Timing(poll=0.05)).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def test_x9_a_forged_hook_causes_no_effects(api: httpx.AsyncClient, engine: Engine, kommo: Account) -> None:
    name = f"x9-{uuid4().hex[:8]}"
    body = {"plugin": "kommo", "name": name, "fields": settings(kommo.url)}
    made = (await api.post("/api/v1/connections", json=body)).json()
    published = await api.post("/api/v1/publications", json={"files": {"x9.rule": RULE.format(name=name)}})
    assert published.status_code == 201, published.text

    async def deliver(hook: str, delivery: bytes) -> httpx.Response:
        return await api.post(hook, content=delivery, headers={"content-type": KIND, "authorization": ""})

    async with working(engine):
        assert (await deliver(made["hook_url"][:-1], WON)).status_code == 404
        other = await deliver(made["hook_url"], WON.replace(b"31000111", b"31000112"))
        assert (other.status_code, other.json()["code"]) == (400, "wrong_account")
        lie = await deliver(made["hook_url"], WON)
        told = await decided(api, lie.json()["events"][0])
        assert (told["status"], told["error"]["code"]) == ("failed", "not_confirmed")
        assert [each.method for each in kommo.app.simulation.seen if each.method != "GET"] == []

        kommo.app.simulation.account.leads[70001].status_id = 142
        truth = await deliver(made["hook_url"], WON.replace(b"1763892000", b"1763892001"))
        assert (await decided(api, truth.json()["events"][0]))["status"] == "done"


async def decided(api: httpx.AsyncClient, event: str) -> dict[str, object]:
    """The run of an event, once it is over."""
    async with asyncio.timeout(20):
        while True:
            runs = (await api.get("/api/v1/runs", params={"event": event})).json()["items"]
            if runs and runs[0]["status"] not in ("matching", "running"):
                return dict(runs[0])
            await asyncio.sleep(0.02)
