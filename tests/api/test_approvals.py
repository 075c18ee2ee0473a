"""/approvals: what runs ask people, answered once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
from tests.api.people import BASE, audited, plain, signed_in
from tests.api.test_events import LEAD
from tests.api.test_runs import working

from treadle.runtime.engine import Engine

RULE = """use kommo

rule "{name}"
  when kommo.lead_created as lead
  do
    ok = approve "{name}?" by "manager" up to 1 day
    on timeout
      stop
    log "{{ok}}"
"""


async def asked(api: httpx.AsyncClient, question: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            items: list[dict[str, Any]] = (await api.get("/api/v1/approvals")).json()["items"]
            if found := [each for each in items if each["question"] == question]:
                return found[0]
            await asyncio.sleep(0.02)


async def done(api: httpx.AsyncClient, run: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            found: dict[str, Any] = (await api.get(f"/api/v1/runs/{run}")).json()
            if found["status"] == "done":
                return found
            await asyncio.sleep(0.02)


async def test_a_question_is_listed_and_decided_once(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"R {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    lead = LEAD | {"id": int(uuid4().hex[:10], 16)}
    await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    async with working(engine):
        question = await asked(api, f"{name}?")
        assert (question["state"], question["by"], question["rule"]) == ("open", "manager", name)
        address = f"/api/v1/approvals/{question['id']}"
        for _ in range(2):  # the same answer again is the same answer
            decided = (await api.post(address, json={"approved": True, "who": "ana"})).json()
            assert (decided["state"], decided["decided_by"]) == ("approved", "ana")
        run = await done(api, question["run_id"])
    assert [(step["what"], step["output"] or step["input"]) for step in run["steps"]][-1] == ("log", "true")
    refused = await api.post(address, json={"approved": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_decided")
    assert question["id"] not in [each["id"] for each in (await api.get("/api/v1/approvals")).json()["items"]]
    every = (await api.get("/api/v1/approvals?all=true")).json()["items"]
    assert question["id"] in [each["id"] for each in every]


async def test_what_nobody_asked_cannot_be_decided(api: httpx.AsyncClient) -> None:
    unknown = await api.post(f"/api/v1/approvals/{uuid4()}", json={"approved": True})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "approval_unknown")
    for body in ({}, {"approved": "perhaps"}, {"approved": True, "who": ""}):
        assert (await api.post(f"/api/v1/approvals/{uuid4()}", json=body)).status_code == 400


async def test_only_whom_the_rule_asks_decides_and_is_named_by_their_account(
    api: httpx.AsyncClient, engine: Engine
) -> None:
    name = f"R {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    lead = LEAD | {"id": int(uuid4().hex[:10], 16)}
    await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    async with working(engine), await signed_in(engine, "viewer") as viewer, await signed_in(engine, "owner") as owner:
        question = await asked(api, f"{name}?")
        address, yes = f"/api/v1/approvals/{question['id']}", {"approved": True, "who": "somebody else"}
        for stranger in (viewer, owner):
            refused = await stranger.post(address, json=yes)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
            assert "'manager'" in refused.json()["detail"]
        me = (await viewer.get("/api/v1/session")).json()
        made = await api.post("/api/v1/groups", json={"name": "manager", "members": [me["id"]]})
        assert made.status_code == 201
        decided = (await viewer.post(address, json=yes)).json()
        assert (decided["state"], decided["decided_by"]) == ("approved", me["name"])
        await done(api, question["run_id"])
    assert await audited(engine, question["id"]) == ["approval.approved"]


async def test_a_link_lets_somebody_without_an_account_decide_one_question(
    api: httpx.AsyncClient, engine: Engine
) -> None:
    name = f"R {uuid4().hex[:8]} <b>"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    lead = LEAD | {"id": int(uuid4().hex[:10], 16)}
    await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    async with working(engine), plain(engine) as anybody:
        question = await asked(api, f"{name}?")
        viewer = await signed_in(engine, "viewer")
        address = f"/api/v1/approvals/{question['id']}/links"
        assert (await viewer.post(address, json={"to": "Grace"})).status_code == 403  # nor can she decide it herself
        made = (await api.post(address, json={"to": "Grace"})).json()
        assert (made["to"], made["until"]) == ("Grace", question["until"])
        shown = await anybody.get(made["url"])
        assert (shown.status_code, "&lt;b&gt;" in shown.text, "<b>?" in shown.text) == (200, True, False)
        assert "form-action 'self'" in shown.headers["content-security-policy"]
        for bad in (made["url"][:-1], made["url"][:-1] + "é", made["url"].replace(".v1", "A.v1"), f"{BASE}/decide/x"):
            assert (await anybody.get(bad)).status_code == 404
            assert (await anybody.post(bad, data={"decision": "approve"})).status_code == 404
        still = await anybody.post(made["url"], data={"decision": "perhaps"})
        assert "Approve</button>" in still.text
        assert "approved by Grace, by a link of" in (await anybody.post(made["url"], data={"decision": "approve"})).text
        assert "approved by Grace" in (await anybody.post(made["url"], data={"decision": "refuse"})).text
        await done(api, question["run_id"])
    assert await audited(engine, question["id"]) == ["approval.linked", "approval.approved"]


async def test_a_link_ends_with_its_time(api: httpx.AsyncClient, engine: Engine) -> None:
    name = f"R {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULE.format(name=name)}})
    lead = LEAD | {"id": int(uuid4().hex[:10], 16)}
    await api.post("/api/v1/events", json={"trigger": "kommo.lead_created", "data": lead})
    async with working(engine), plain(engine) as anybody:
        question = await asked(api, f"{name}?")
        address = f"/api/v1/approvals/{question['id']}/links"
        over = (await api.post(address, json={"to": "Grace", "until": question["created_at"]})).json()
        assert (await anybody.post(over["url"], data={"decision": "approve"})).status_code == 404
        assert (await api.get("/api/v1/approvals", params={"run": question["run_id"]})).json()["items"]
    unknown = await api.post(f"/api/v1/approvals/{uuid4()}/links", json={"to": "Grace"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "approval_unknown")
