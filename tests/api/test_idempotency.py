"""`Idempotency-Key`: done once, answered alike."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from treadle.runtime.engine import Engine
from treadle.runtime.store.idempotency import IdempotencyKeys

EVENT = {"trigger": "event.nothing", "data": {}}


def key() -> dict[str, str]:
    return {"Idempotency-Key": f"test-{uuid4()}"}


def connection(name: str) -> dict[str, object]:
    return {"plugin": "kommo", "name": name, "fields": {"subdomain": "acme", "access_token": "a-long-token"}}


async def test_the_second_is_answered_as_the_first(api: httpx.AsyncClient) -> None:
    given, files = key(), {"files": {}}
    first = await api.post("/api/v1/publications", json=files, headers=given)
    again = await api.post("/api/v1/publications", json=files, headers=given)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert "idempotency-replayed" not in first.headers


async def test_the_same_key_for_another_request_is_a_conflict(api: httpx.AsyncClient) -> None:
    given = key()
    await api.post("/api/v1/publications", json={"files": {}}, headers=given)
    other = await api.post("/api/v1/publications", json={"files": {}, "policy": "move"}, headers=given)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_conflict")


async def test_a_refusal_gives_the_key_back(api: httpx.AsyncClient) -> None:
    given = key()
    refused = await api.post("/api/v1/publications", json={"files": {"a.rule": "rule"}}, headers=given)
    assert refused.status_code == 422
    done = await api.post("/api/v1/publications", json={"files": {}}, headers=given)
    assert done.status_code == 201


async def test_many_at_once_are_done_once(api: httpx.AsyncClient, engine: Engine) -> None:
    given, files = key(), {"files": {}}
    answers = await asyncio.gather(*(api.post("/api/v1/publications", json=files, headers=given) for _ in range(8)))
    first = [each for each in answers if each.status_code == 201 and "idempotency-replayed" not in each.headers]
    assert len(first) == 1
    assert {each.status_code for each in answers} <= {201, 409}


@pytest.mark.parametrize("bad", ["", "x" * 256, "a\tb"])
async def test_a_key_that_is_none_is_refused(api: httpx.AsyncClient, bad: str) -> None:
    answer = await api.post("/api/v1/publications", json={"files": {}}, headers={"Idempotency-Key": bad})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_a_try_after_a_death_has_the_same_id(engine: Engine) -> None:
    keys, name = IdempotencyKeys(engine.database.pool, engine.store.workspace_id), f"test-{uuid4()}"
    first = await keys.claim("test", name, b"1" * 32)
    await keys.free(first)  # type: ignore[arg-type]
    assert await keys.claim("test", name, b"1" * 32) == first
