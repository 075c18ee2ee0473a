"""/events: put one in, see it, page through many."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

LEAD = {"id": 7, "name": "Ana", "price": 900, "pipeline_id": 5001, "status_id": 5101,
        "created_at": "2025-11-23T10:00:00Z", "updated_at": "2025-11-23T10:00:00Z"}  # fmt: skip


async def put(api: httpx.AsyncClient, **lead: Any) -> str:
    answer = await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": LEAD | lead})
    assert answer.status_code == 202, answer.text
    assert (answer.json()["accepted"], answer.json()["duplicates"]) == (1, 0)
    (event,) = answer.json()["events"]
    return str(event)


async def test_an_event_that_nobody_hears_says_so(api: httpx.AsyncClient) -> None:
    answer = await api.post("/api/v1/events", json={"trigger": "kommo.contact_deleted", "data": {"id": 80001}})
    (event,) = answer.json()["events"]
    seen = (await api.get(f"/api/v1/events/{event}")).json()
    assert (seen["id"], seen["trigger"], seen["entity"]) == (event, "kommo.contact_deleted", "kommo.contact:80001")
    assert seen["data"]["id"] == 80001
    assert (seen["outcome"], seen["runs"], seen["explanation"]) == ("unheard", [], [])


async def test_numbers_go_in_and_come_out_as_they_were_written(api: httpx.AsyncClient) -> None:
    body = '{"trigger": "http.none", "data": 1}'.replace("http.none", "kommo.lead_created").replace(
        "1}", '{"id": 7, "name": "A", "price": 12345678901234567.89, "pipeline_id": 1, "status_id": 1,'
        '"created_at": "2025-11-23T10:00:00Z", "updated_at": "2025-11-23T10:00:00Z"}}',
    )  # fmt: skip
    answer = await api.post("/api/v1/events", content=body, headers={"content-type": "application/json"})
    event = answer.json()["events"][0]
    assert '"price":12345678901234567.89' in (await api.get(f"/api/v1/events/{event}")).text


async def test_pages_hold_each_event_once_newest_first(api: httpx.AsyncClient) -> None:
    entity = int(uuid4().hex[:12], 16)
    put_in = [await put(api, id=entity, name=str(number)) for number in range(5)]
    query: dict[str, Any] = {"entity": f"kommo.lead:{entity}", "limit": 2}
    seen, cursor = [], None
    while True:
        page = (await api.get("/api/v1/events", params=query | ({"cursor": cursor} if cursor else {}))).json()
        seen.append([event["id"] for event in page["items"]])
        if (cursor := page["next"]) is None:
            break
    assert seen == [put_in[:2:-1], put_in[2:0:-1], put_in[:1]]


async def test_a_filter_by_trigger(api: httpx.AsyncClient) -> None:
    await put(api)
    page = (await api.get("/api/v1/events", params={"trigger": "kommo.nothing"})).json()
    assert page == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b'{"trigger": "kommo.nothing", "data": {}}', "application/json", 422, "event_invalid"),
        (b'{"trigger": "kommo.lead_created", "data": {"id": "x"}}', "application/json", 422, "event_invalid"),
        (b'{"trigger": "kommo.lead_created"}', "application/json", 400, "bad_request"),
        (b'{"trigger": "x", "data": 1, "more": 1}', "application/json", 400, "bad_request"),
        (b'{"trigger": ', "application/json", 400, "bad_request"),
        (b'{"trigger": "\xff", "data": 1}', "application/json", 400, "bad_request"),
        (b'{"trigger": "x", "data": ' + b"[" * 100_000, "application/json", 400, "bad_request"),
        (b"trigger=x", "application/x-www-form-urlencoded", 415, "wrong_content_type"),
        (b"{}", "", 415, "wrong_content_type"),
        (b"[" + b" " * (10 * 1024 * 1024) + b"]", "application/json", 413, "too_large"),
    ],
)
async def test_bodies_that_nobody_should_send(
    api: httpx.AsyncClient, body: bytes, content_type: str, status: int, code: str
) -> None:
    answer = await api.post("/api/v1/events", content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}])
async def test_a_query_that_makes_no_sense(api: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await api.get("/api/v1/events", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


async def test_an_event_that_is_not_there(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"/api/v1/events/{uuid4()}")
    assert (answer.status_code, answer.json()["code"]) == (404, "event_unknown")


async def test_another_key_opens_nothing(api: httpx.AsyncClient) -> None:
    answer = await api.get("/api/v1/events", headers={"authorization": f"Bearer trd_{'a' * 43}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")
