"""/runs and /events listed by what a person looks for."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.api.test_events import LEAD
from tests.api.test_runs import ended, working

from treadle.runtime.engine import Engine

RULE = """use kommo

rule "{name}"
  when kommo.lead_created as lead
  where lead.price > 500
  once per lead.id within 1 day
  do
    log "big"
"""


@pytest.fixture
async def lead(api: httpx.AsyncClient, engine: Engine) -> int:
    """A lead that came in cheap, then big twice, while a rule hears of big ones once."""
    number = int(uuid4().hex[:10], 16)
    files = {"rules/r.rule": RULE.format(name=f"R {number}")}
    assert (await api.post("/api/v1/publications", json={"files": files})).status_code == 201
    async with working(engine):
        for price in (100, 900, 901):
            event = {"trigger": "kommo.lead_created", "data": LEAD | {"id": number, "price": price}}
            (put_in,) = (await api.post("/api/v1/events", json=event)).json()["events"]
            for run in (await api.get(f"/api/v1/events/{put_in}")).json()["runs"]:
                await ended(api, run)
            await settled(api, put_in)
    return number


async def settled(api: httpx.AsyncClient, event: str) -> None:
    async with asyncio.timeout(20):
        while True:
            if (await api.get(f"/api/v1/events/{event}")).json()["outcome"] != "pending":
                return
            await asyncio.sleep(0.02)


async def listed(api: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = await api.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_runs_are_listed_by_their_key(api: httpx.AsyncClient, lead: int) -> None:
    (run,) = await listed(api, "runs", key=lead)
    assert (run["rule"], run["status"]) == (f"R {lead}", "done")
    assert [each["status"] for each in await listed(api, "runs", key=lead, status="suppressed")] == ["suppressed"]
    assert await listed(api, "runs", key=lead, status="failed") == []
    assert await listed(api, "runs", key=f"x{lead}") == []


async def test_runs_are_listed_by_time(api: httpx.AsyncClient, lead: int) -> None:
    (run,) = await listed(api, "runs", rule=f"R {lead}")
    at = datetime.fromisoformat(run["created_at"])
    near = {"since": (at - timedelta(minutes=1)).isoformat(), "until": (at + timedelta(minutes=1)).isoformat()}
    assert await listed(api, "runs", rule=f"R {lead}", **near) == [run]
    assert await listed(api, "runs", rule=f"R {lead}", until=near["since"]) == []
    plain = (at + timedelta(minutes=1)).replace(tzinfo=None).isoformat()  # of UTC, where no offset says otherwise
    assert await listed(api, "runs", rule=f"R {lead}", since=plain) == []
    assert (await api.get("/api/v1/runs", params={"since": "yesterday"})).status_code == 400


async def test_events_are_listed_by_their_outcome(api: httpx.AsyncClient, lead: int) -> None:
    about = {"entity": f"kommo.lead:{lead}"}
    prices = {}
    for outcome in ("fired", "filtered", "pending", "unheard", "unread"):
        found = await listed(api, "events", outcome=outcome, **about)
        assert all(each["outcome"] == outcome for each in found)
        prices[outcome] = [each["data"]["price"] for each in found]
    assert prices == {"fired": [900], "filtered": [901, 100], "pending": [], "unheard": [], "unread": []}
    page = (await api.get("/api/v1/events", params={"outcome": "filtered", "limit": 1, **about})).json()
    (first,) = page["items"]
    again = (await api.get("/api/v1/events", params={"outcome": "filtered", "cursor": page["next"], **about})).json()
    assert (first["data"]["price"], [each["data"]["price"] for each in again["items"]]) == (901, [100])
    assert again["next"] is None


async def test_a_run_shows_each_step_with_its_times_and_its_place(api: httpx.AsyncClient, lead: int) -> None:
    (run,) = await listed(api, "runs", key=lead)
    shown = (await api.get(f"/api/v1/runs/{run['id']}")).json()
    (step,) = shown["steps"]
    assert step["source"] == {"file": "rules/r.rule", "line": 8, "col": 5}
    assert (step["what"], step["state"], step["tries"]) == ("log", "done", 0)
    began, started = (datetime.fromisoformat(each) for each in (shown["created_at"], step["started_at"]))
    assert step["waited"] == pytest.approx((started - began).total_seconds())


async def test_secrets_of_now_are_masked_in_events_of_then(api: httpx.AsyncClient, engine: Engine) -> None:
    secret = f"hunter-{uuid4().hex}"
    event = {"trigger": "kommo.lead_created", "data": LEAD | {"name": f"it is {secret}", "price": 1.5}}
    (put_in,) = (await api.post("/api/v1/events", json=event)).json()["events"]
    engine.redactor.add([secret])
    for path in (f"events/{put_in}", "events"):
        answer = await api.get(f"/api/v1/{path}")
        assert secret not in answer.text
        assert "it is ***" in answer.text
        assert '"price":1.5' in answer.text
    engine.redactor.forget([secret])
