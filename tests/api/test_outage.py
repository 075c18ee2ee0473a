"""Postgres is stopped under a running API: every route says so soon, and all is well again when it is back."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from treadle.api.app import create_app
from treadle.api.server import bind, serving
from treadle.runtime.embedded import Embedded
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.ids import new_id
from treadle.runtime.keys import ensure_key
from treadle.runtime.migrate import migrate
from treadle.runtime.settings import Settings

pytestmark = pytest.mark.slow

KEY = b64encode(bytes(32)).decode()
HANG = 4.0
"""Seconds: less than the pool's own patience, more than two on a machine that does much else."""


@pytest.fixture
async def server(short_folder: Path) -> AsyncIterator[Embedded]:
    """A Postgres of one's own, which nobody starts again by himself."""
    server = Embedded(short_folder / "outage", root_base=short_folder / "outage-root")
    await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate, server.url())
    yield server
    await asyncio.to_thread(server.stop)


@pytest.fixture
async def engine(server: Embedded, tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine on it."""
    async with open_engine(
        Settings.read({"DATABASE_URL": server.url(), "ENCRYPTION_KEY": KEY}, home=tmp_path)
    ) as opened:
        await ensure_key(opened.store, tmp_path)
        yield opened


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its API."""
    key = (engine.settings.home / "key").read_text().strip()
    limits = httpx.Limits(max_connections=200)
    async with (
        serving(create_app(engine), bind("127.0.0.1", 0), engine.feed.close) as url,
        httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=HANG, limits=limits
        ) as opened,
    ):
        yield opened


async def test_an_outage_is_told_soon_and_is_over_when_it_is(server: Embedded, client: httpx.AsyncClient) -> None:
    paths = await reads(client)
    assert len(paths) > 10
    await asyncio.to_thread(server.stop)
    for _ in range(2):  # at first connections break, then there are none
        told = await asyncio.gather(*(client.get(path) for path in paths), *(put(client) for _ in range(20)))
        assert {each.status_code for each in told} == {503}
        assert all(each.headers["retry-after"] for each in told)
        health, alive = await client.get("/health"), await client.get("/health/live")
        assert (health.status_code, health.json()["status"], alive.status_code) == (503, "down", 200)
    hooks = await asyncio.gather(*(client.post(f"/hooks/nobody{number}/x", content=b"x") for number in range(20)))
    assert {each.status_code for each in hooks} == {503}
    await asyncio.to_thread(server.start)
    for _ in range(300):
        if (await put(client)).status_code == 202:
            break
        await asyncio.sleep(0.1)
    assert (await client.get("/health/ready")).status_code == 200


async def reads(client: httpx.AsyncClient) -> list[str]:
    """Every address that can be read and asks the database, with ids that there are not."""
    document = (await client.get("/api/openapi.json")).json()
    paths = [path for path, item in document["paths"].items() if "get" in item and item["get"].get("security")]
    return [re.sub(r"\{[^}]*\}", str(new_id()), path) for path in paths if "oauth" not in path]


async def put(client: httpx.AsyncClient) -> Any:
    failed = {"rule": "x", "code": "x", "message": "x"}
    return await client.post("/api/v1/events", json={"trigger": "treadle.run_failed", "data": failed})
