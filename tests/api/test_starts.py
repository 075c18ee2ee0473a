"""Lists of starts over the API: from rows and from CSV, paced, with refusals told, cancelled, sent twice."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from tests.api.test_runs import working

from treadle.runtime.engine import Engine

FILE = """sequence "Greet {name}"(who: text, times: int?, vip: bool?)
  do
    log "hello {{who}}"
"""


@pytest.fixture
async def name(api: httpx.AsyncClient) -> str:
    found = f"Greet {uuid4().hex[:8]}"
    text = FILE.replace("Greet {name}", found).replace("{{", "{").replace("}}", "}")
    assert (await api.post("/api/v1/publications", json={"files": {"a.rule": text}})).status_code == 201
    return found


async def over(api: httpx.AsyncClient, id: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await api.get(f"/api/v1/starts/{id}")).json()
            if found["state"] != "running":
                return found
            await asyncio.sleep(0.02)


async def given(api: httpx.AsyncClient, engine: Engine, name: str) -> list[dict[str, Any]]:
    runs = (await api.get("/api/v1/runs", params={"rule": name, "limit": 200})).json()["items"]
    origins = [await engine.store.origin(each["id"]) for each in runs]
    return [msgspec.json.decode(each.args) for each in origins if each and each.args]


async def test_each_row_starts_once_and_those_that_do_not_fit_say_why(
    api: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    rows: list[Any] = [{"who": f"w{number}"} for number in range(30)]
    rows[3], rows[7], rows[9] = {"whom": "x"}, {"who": 5}, {"who": "nine", "times": 0.5}
    begun = await api.post(f"/api/v1/sequences/{name}/starts", json={"rows": rows, "per_minute": 60_000})
    assert begun.status_code == 202, begun.json()
    assert (begun.json()["total"], begun.json()["left"], begun.json()["state"]) == (30, 30, "running")
    async with working(engine):
        done = await over(api, begun.json()["id"])
    assert (done["state"], done["started"], done["refused"], done["left"]) == ("done", 27, 3, 0)
    assert sorted(each["who"] for each in await given(api, engine, name)) == sorted(
        each["who"] for number, each in enumerate(rows) if number not in (3, 7, 9)
    )
    page = (await api.get(f"/api/v1/starts/{done['id']}/refusals", params={"limit": 2})).json()
    assert [each["row"] for each in page["items"]] == [4, 8]
    assert page["items"][1]["reason"] == f'"{name}": who is no text'
    last = (await api.get(f"/api/v1/starts/{done['id']}/refusals", params={"cursor": page["next"]})).json()
    assert [each["row"] for each in last["items"]] == [10]
    assert last["next"] is None


async def test_a_table_as_text_gives_rows_of_the_right_types(api: httpx.AsyncClient, engine: Engine, name: str) -> None:
    table = 'who,times,vip\n"Ana, the first",3,true\nBo,,\n\nCy,many,\n'
    begun = await api.post(f"/api/v1/sequences/{name}/starts", json={"csv": table, "per_minute": 60_000})
    assert begun.status_code == 202, begun.json()
    async with working(engine):
        done = await over(api, begun.json()["id"])
    assert (done["started"], done["refused"]) == (2, 1)
    found = sorted(await given(api, engine, name), key=str)
    assert found == [{"who": "Ana, the first", "times": 3, "vip": True}, {"who": "Bo"}]


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        ({"csv": "whom\nx"}, 422, "rows_invalid", "there is no parameter 'whom' for a column"),
        ({"csv": "who\nx,y"}, 422, "rows_invalid", "line 2 has 2 cells"),
        ({"csv": "who"}, 422, "rows_invalid", "1 to 100,000 rows"),
        ({"csv": 'who\n"x'}, 422, "rows_invalid", "cannot be read"),
        ({"rows": []}, 400, "bad_request", "rows"),
        ({"rows": [{}], "csv": "who"}, 400, "bad_request", "either"),
        ({"rows": [{}], "per_minute": 0}, 400, "bad_request", "per_minute"),
        ({"row": [{}]}, 400, "bad_request", "row"),
        ([], 400, "bad_request", "object"),
    ],
)
async def test_a_list_that_cannot_be_taken_is_refused(
    api: httpx.AsyncClient, name: str, body: Any, status: int, code: str, says: str
) -> None:
    refused = await api.post(f"/api/v1/sequences/{name}/starts", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert says in refused.json()["detail"]


async def test_a_list_that_is_sent_twice_is_one(api: httpx.AsyncClient, name: str) -> None:
    headers, body = {"idempotency-key": uuid4().hex}, {"rows": [{"who": "x"}]}
    first, second = [await api.post(f"/api/v1/sequences/{name}/starts", json=body, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    listed = (await api.get("/api/v1/starts", params={"limit": 2})).json()["items"]
    assert [each["id"] for each in listed].count(first.json()["id"]) == 1


async def test_it_can_be_cancelled_and_goes_on_at_its_pace_until_then(
    api: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    rows = [{"who": str(number)} for number in range(50)]
    begun = (await api.post(f"/api/v1/sequences/{name}/starts", json={"rows": rows, "per_minute": 6})).json()
    async with working(engine):
        async with asyncio.timeout(10):
            while True:
                if (await api.get(f"/api/v1/starts/{begun['id']}")).json()["started"]:
                    break
                await asyncio.sleep(0.02)
        cancelled = (await api.post(f"/api/v1/starts/{begun['id']}/cancel")).json()
    assert (cancelled["state"], cancelled["started"], cancelled["left"]) == ("cancelled", 1, 0)
    again = await api.post(f"/api/v1/starts/{begun['id']}/cancel")
    assert (again.status_code, again.json()) == (200, cancelled)


async def test_a_list_that_is_not_there(api: httpx.AsyncClient) -> None:
    for path in ("", "/refusals"):
        answer = await api.get(f"/api/v1/starts/{uuid4()}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "starts_unknown")
    answer = await api.post(f"/api/v1/starts/{uuid4()}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (404, "starts_unknown")


async def test_a_list_waits_while_it_is_paused(api: httpx.AsyncClient, engine: Engine, name: str) -> None:
    body = {"rows": [{"who": f"w{number}"} for number in range(3)], "per_minute": 60_000}
    begun = (await api.post(f"/api/v1/sequences/{name}/starts", json=body)).json()
    paused = await api.post(f"/api/v1/starts/{begun['id']}/pause")
    assert (paused.status_code, paused.json()["state"], paused.json()["left"]) == (200, "paused", 3)
    assert (await api.post(f"/api/v1/starts/{begun['id']}/resume")).json()["state"] == "running"
    async with working(engine):
        done = await over(api, begun["id"])
    assert (done["state"], done["started"]) == ("done", 3)
    again = await api.post(f"/api/v1/starts/{begun['id']}/pause")
    assert again.json() == done
    assert (await api.post(f"/api/v1/starts/{uuid4()}/pause")).json()["code"] == "starts_unknown"
