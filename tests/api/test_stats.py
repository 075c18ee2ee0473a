"""`/stats`: figures over time."""

from __future__ import annotations

import httpx
import pytest

from treadle.runtime.engine import Engine
from treadle.runtime.figures import adding

FAILED = {"rule": "x", "code": "x", "message": "x"}


async def test_what_came_in_is_counted(api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "AGAIN", 0.0)
    assert (await api.get("/api/v1/stats")).status_code == 200
    async with engine.database.pool.connection() as connection:
        await connection.execute("update figures_read set added_at = now() - interval '1 minute'")
    before = (await api.get("/api/v1/stats")).json()
    async with engine.database.pool.connection() as connection:
        await connection.execute("update figures_read set added_at = now() - interval '1 minute'")
    await engine.put_event("treadle.run_failed", FAILED)
    after = (await api.get("/api/v1/stats")).json()
    assert events(after) == events(before) + 1
    assert after["now"].keys() == {"due", "oldest_due_s", "claimed", "unknown", "workers"}


async def test_a_picture_that_there_is_not(api: httpx.AsyncClient) -> None:
    for query in ("step=59", "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "since=2020-01-01T00:00:00Z"):
        refused = await api.get(f"/api/v1/stats?{query}")
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


def events(stats: dict[str, list[dict[str, int]]]) -> int:
    return sum(point["events"] for point in stats["points"])
