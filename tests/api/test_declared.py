"""What the live files declare, over the API: sequences, agents, tables, calendars, limits, schedules, with figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from tests.api.test_runs import ended, working

from treadle.runtime.engine import Engine

FILE = """use kommo
use openrouter as llm

calendar holidays
  2026-12-25
  every 1 May

limit "Few" at most 3 messages per day else wait

table discount(segment: text, price: number) -> number
  | segment | price  | -> |
  | "gold"  | > 1000 | 20 |
  | _       | _      | 0  |

agent judge
  model llm "openai/gpt-4o-mini", "mistralai/mistral-small"
  instructions "Be brief."
  tools kommo.get_contact, kommo.add_note
  budget 0.05 usd per run, 20 usd per month
  memory per lead.id last 4 turns
  approve kommo.add_note by "managers"

rule "Morning {name}"
  when every weekday at 09:00 in "Europe/Madrid"
  do
    log "good"

rule "Ask {name}"
  when kommo.lead_created as lead
  do
    answer = ask judge "Who is {{lead.name}}?"
    log answer

sequence "Nap {name}"(minutes: int, note: text?)
  do
    log "now"
    wait 1 day
    log "then"
"""


@pytest.fixture
async def name(api: httpx.AsyncClient) -> str:
    found = uuid4().hex[:8]
    text = FILE.replace("{name}", found).replace("{{", "{").replace("}}", "}")
    live = await api.post("/api/v1/publications", json={"files": {"rules/all.rule": text}})
    assert live.status_code == 201, live.json()
    return found


async def items(api: httpx.AsyncClient, path: str) -> list[dict]:
    answer = await api.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["next"] is None
    found: list[dict] = answer.json()["items"]
    return found


async def test_agents_tables_and_calendars_stand_as_declared(api: httpx.AsyncClient, name: str) -> None:
    (agent,) = await items(api, "agents")
    assert (agent["name"], agent["plugin"], agent["model"]) == ("judge", "openrouter", "llm")
    assert agent["models"] == ["openai/gpt-4o-mini", "mistralai/mistral-small"]
    assert agent["instructions"] == "Be brief."
    tools = [{"action": "kommo.get_contact", "approve": None}, {"action": "kommo.add_note", "approve": "managers"}]
    assert agent["tools"] == tools
    assert agent["memory"] == {"per": "lead.id", "last": 4}
    assert [(each["per"], each["used"]) for each in agent["spending"]] == [("run", None), ("month", None)]
    assert (agent["turns_asked"], agent["cost"]) == (0, None)
    (table,) = await items(api, "tables")
    assert (table["name"], table["columns"], table["rows"]) == ("discount", ["segment", "price"], 2)
    (calendar,) = await items(api, "calendars")
    assert calendar["days"] == ["2026-12-25", "every 1 May"]


async def test_a_limit_says_what_is_used(api: httpx.AsyncClient, engine: Engine, name: str) -> None:
    (before,) = await items(api, "limits")
    assert (before["name"], before["amount"], before["otherwise"]) == ("Few", "3", "wait")
    await engine.store.take_limit("Few", "null", Decimal(3), Decimal(2), 86400.0, uuid4())
    (after,) = await items(api, "limits")
    assert Decimal(after["used"]) - Decimal(before["used"]) == 2


async def test_schedules_tell_their_next_firings_over_the_change_of_the_clock(
    api: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    (found,) = await items(api, f"schedules?n=50&rule=Morning%20{name}")
    assert found["says"] == "mon, tue, wed, thu, fri at 09:00"
    assert (found["zone"], found["catch_up"], found["off"], len(found["next"])) == ("Europe/Madrid", "once", False, 50)
    local = [datetime.fromisoformat(each).astimezone(ZoneInfo("Europe/Madrid")) for each in found["next"]]
    assert {(each.hour, each.minute) for each in local} == {(9, 0)}
    assert all(each.weekday() < 5 for each in local)
    assert all(timedelta(hours=22) < later - sooner for sooner, later in pairwise(local))
    await api.post(f"/api/v1/rules/Morning%20{name}/off")
    (found,) = await items(api, f"schedules?rule=Morning%20{name}")
    assert (found["off"], found["next"]) == (True, [])


async def test_schedules_come_in_pages(api: httpx.AsyncClient) -> None:
    rule = f"Often {uuid4().hex[:8]}"
    lines = "\n".join(f"  when every day at {hour:02d}:00" for hour in range(5))
    await api.post("/api/v1/publications", json={"files": {"a.rule": f'rule "{rule}"\n{lines}\n  do\n    stop\n'}})
    seen, cursor = [], "0"
    while cursor is not None:
        query = {"rule": rule, "limit": 2, "n": 1, "cursor": cursor}
        page = (await api.get("/api/v1/schedules", params=query)).json()
        seen += [each["says"] for each in page["items"]]
        cursor = page["next"]
    assert seen == [f"every day at {hour:02d}:00" for hour in range(5)]


async def test_a_sequence_is_started_and_says_who_waits_where(
    api: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    path = f"/api/v1/sequences/Nap%20{name}/start"
    async with working(engine):
        for _ in range(2):
            started = await api.post(path, json={"args": {"minutes": 5}})
            assert started.status_code == 202
        run = await ended(api, started.json()["run"])
    assert run["status"] == "waiting"
    (found,) = [each for each in await items(api, "sequences") if each["name"] == f"Nap {name}"]
    assert found["params"] == [{"name": "minutes", "type": "int"}, {"name": "note", "type": "text?"}]
    assert (found["lately"]["waiting"], found["lately"]["last_run"]) == (2, run["id"])
    (place,) = found["waiting"]
    assert (place["what"], place["runs"], place["status"]) == ("log", 2, "waiting")
    assert place["line"] > found["line"]


async def test_what_cannot_be_started_is_said(api: httpx.AsyncClient, name: str) -> None:
    unknown = await api.post(f"/api/v1/sequences/Nab%20{name}/start", json={})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sequence_unknown")
    assert f'did you mean "Nap {name}"' in unknown.json()["detail"]
    wrong = await api.post(f"/api/v1/sequences/Nap%20{name}/start", json={"args": {"minutes": "five"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "start_invalid")
    assert wrong.json()["detail"] == f'"Nap {name}": minutes is no int.'


async def test_a_start_that_is_sent_twice_is_made_once(api: httpx.AsyncClient, name: str) -> None:
    headers = {"idempotency-key": uuid4().hex}
    path = f"/api/v1/sequences/Nap%20{name}/start"
    first, second = [await api.post(path, json={"args": {"minutes": 5}}, headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert len((await api.get("/api/v1/runs", params={"rule": f"Nap {name}"})).json()["items"]) == 1


async def test_rules_tell_how_their_runs_ended(api: httpx.AsyncClient, engine: Engine) -> None:
    rule = f"Button {uuid4().hex[:8]}"
    text = f'rule "{rule}"\n  when by hand (bad: bool)\n  do\n    if bad\n      fail "no"\n'
    await api.post("/api/v1/publications", json={"files": {"a.rule": text}})
    async with working(engine):
        for bad in (True, False, False):
            made = await api.post("/api/v1/runs", json={"rule": rule, "args": {"bad": bad}})
            await ended(api, made.json()["run"])
    (found,) = await items(api, "rules")
    lately = found["lately"]
    assert (lately["done"], lately["failed"], lately["stopped"], lately["waiting"]) == (2, 1, 0, 0)
    assert (lately["last_run"], lately["spent"]) == (made.json()["run"], [])
    assert lately["last_run_at"] is not None
