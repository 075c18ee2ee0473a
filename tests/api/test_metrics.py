"""`/metrics`: who may read it, and what it counts."""

from __future__ import annotations

import re

import httpx
import msgspec

from treadle.api.workers import create_worker_app
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id


def number(page: str, series: str) -> float:
    """The number of a series; 0 for one that there is not."""
    found = re.search(rf"^{re.escape(series)} (\S+)$", page, re.M)
    return float(found[1]) if found else 0.0


async def test_it_takes_a_key_unless_it_is_open(api: httpx.AsyncClient, engine: Engine) -> None:
    assert (await api.get("/metrics")).status_code == 200
    refused = await api.get("/metrics", headers={"authorization": ""})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")
    engine.settings = msgspec.structs.replace(engine.settings, open_metrics=True)
    answer = await api.get("/metrics", headers={"authorization": ""})
    assert (answer.status_code, answer.headers["content-type"][:10]) == (200, "text/plain")


async def test_requests_are_counted_by_the_template_of_their_path(api: httpx.AsyncClient) -> None:
    series = 'http_requests_total{method="GET",route="/api/v1/runs/{run_id}",status="404"}'
    before = number((await api.get("/metrics")).text, series)
    for _ in range(5):
        assert (await api.get(f"/api/v1/runs/{new_id()}")).status_code == 404
    page = (await api.get("/metrics")).text
    assert number(page, series) == before + 5
    assert number(page, "database_up") == 1
    assert 'queue_depth{state="due"}' in page


async def test_rules_and_addresses_add_no_series(api: httpx.AsyncClient) -> None:
    def count(page: str) -> int:
        return sum(not line.startswith("#") for line in page.splitlines())

    await api.get("/metrics")
    for path in ("/api/v1/rules/x/on", "/nowhere/x", "/hooks/x/y", "/hooks/web/x/y"):
        await api.post(path)
    before = count((await api.get("/metrics")).text)
    for _ in range(20):
        name = str(new_id())
        for path in (f"/api/v1/rules/{name}/on", f"/nowhere/{name}", f"/hooks/{name}/y", f"/hooks/web/{name}/y"):
            await api.post(path)
        await api.request(f"X{name[:4]}", "/health/live")
    page = (await api.get("/metrics")).text
    assert count(page) <= before + 1  # the method that there is not
    assert name not in page


async def test_a_group_of_workers_tells_it_too(api: httpx.AsyncClient, engine: Engine) -> None:
    transport = httpx.ASGITransport(create_worker_app(engine, ["w"]))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example", headers=api.headers) as client:
        assert "jobs_processed_total" in (await client.get("/metrics")).text
