"""/connections: secrets go in and never come out."""

from uuid import uuid4

import httpx

from treadle.runtime.engine import Engine

FIELDS = {"base_url": "https://127.0.0.1:9", "access_token": "very-secret-token"}


async def test_a_connection_is_made_listed_and_keeps_its_secret(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"k-{uuid4().hex[:8]}"
    made = await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": FIELDS})
    assert made.status_code == 201
    assert made.json()["hook_url"].startswith(f"/hooks/{name}/")
    listed = (await api.get("/api/v1/connections")).json()
    assert made.json() in listed["items"]
    assert listed["next"] is None
    assert FIELDS["access_token"] not in made.text
    assert engine.connections.get(name).instance.access_token.reveal() == FIELDS["access_token"]  # type: ignore[attr-defined]


async def test_what_does_not_fit_is_a_problem(api: httpx.AsyncClient) -> None:
    name = f"k-{uuid4().hex[:8]}"
    for body, status, code in (
        ({"plugin": "nobody"}, 422, "fields_invalid"),
        ({"plugin": "kommo", "name": name, "fields": {"colour": "red"}}, 422, "fields_invalid"),
        ({"plugin": "kommo", "name": name, "fields": FIELDS}, 201, None),
        ({"plugin": "kommo", "name": name, "fields": FIELDS}, 409, "name_taken"),
        ({"plugin": 7}, 400, "bad_request"),
    ):
        answer = await api.post("/api/v1/connections", json=body)
        assert (answer.status_code, answer.json().get("code")) == (status, code)
        assert FIELDS["access_token"] not in answer.text


async def test_trying_one_that_does_not_answer_or_is_not_there(api: httpx.AsyncClient) -> None:
    name = f"k-{uuid4().hex[:8]}"
    await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": FIELDS})
    failed = await api.post(f"/api/v1/connections/{name}/test")
    assert (failed.status_code, failed.json()["code"]) == (422, "test_failed")
    unknown = await api.post("/api/v1/connections/nobody/test")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "connection_unknown")
