"""The probes, with the database and without it."""

import httpx
import pytest

from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown


async def test_ready_while_the_database_answers(api: httpx.AsyncClient) -> None:
    for path in ("/health", "/health/ready"):
        answer = await api.get(path)
        assert answer.status_code == 200
        assert answer.json()["database"] is True
    assert (await api.get("/health/live")).json() == {"status": "ok"}


async def test_not_ready_but_alive_without_it(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.database.pool.close()
    for path in ("/health", "/health/ready"):
        answer = await api.get(path)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert (answer.json()["status"], answer.json()["database"]) == ("down", False)
    assert (await api.get("/health/live")).status_code == 200
    refused = await api.get("/api/v1/runs")
    assert (refused.status_code, refused.json()["code"]) == (503, "database_down")
    assert refused.headers["retry-after"]
    with pytest.raises(StoreDown):
        await engine.store.now()
