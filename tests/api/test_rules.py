"""/rules: listed with their state, switched, and said where that cannot be."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

RULES = """use kommo

rule "{name}"
  when kommo.lead_created as lead
  do
    log "x"

rule "{name} hook"
  when webhook "{name}" as hook
  do
    log hook.text

rule "{name} silent"
  off
  when every 1 day
  do
    log "x"
"""


async def rules(api: httpx.AsyncClient) -> dict[str, Any]:
    return {each["name"]: each for each in (await api.get("/api/v1/rules")).json()["items"]}


async def test_rules_are_listed_and_switched(api: httpx.AsyncClient) -> None:
    name = f"R/ {uuid4().hex[:8]}"
    await api.post("/api/v1/publications", json={"files": {"rules/r.rule": RULES.format(name=name)}})
    found = await rules(api)
    assert [(each["state"], each["text"], each["line"]) for each in found.values()] == [
        ("on", "on", 3),
        ("on", "on", 8),
        ("off", "off", 13),
    ]
    assert found[name]["hears"] == ["kommo.lead_created"]
    (hook,) = found[f"{name} hook"]["webhooks"]
    assert (await api.post(hook["address"], content=b"hello")).status_code == 202
    part = name.replace("/", "%252F").replace(" ", "%20")
    off = await api.post(f"/api/v1/rules/{part}/off")
    assert (off.status_code, off.json()["stopped"], off.json()["rule"]["state"]) == (200, 0, "off")
    assert (await rules(api))[name]["switch"] == "off"
    assert (await api.post(f"/api/v1/rules/{part}/rehearse")).json()["rule"]["state"] == "rehearse"
    assert (await api.post(f"/api/v1/rules/{part}/on")).json()["rule"]["switch"] is None
    silent = await api.post(f"/api/v1/rules/{part}%20silent/on")
    assert (silent.status_code, silent.json()["code"]) == (409, "rule_says_otherwise")
    unknown = await api.post(f"/api/v1/rules/{uuid4()}/off")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "rule_unknown")


async def test_a_preview_says_what_would_be_live_and_changes_nothing(api: httpx.AsyncClient) -> None:
    before = await rules(api)
    files = {"rules/p.rule": RULES.format(name=f"P {uuid4().hex[:8]}")}
    told = await api.post("/api/v1/publications?preview=true", json={"files": files, "policy": "move"})
    assert (told.status_code, told.json()["live"], told.json()["late"]) == (200, False, 0)
    assert len(told.json()["rules"]) == 3
    assert await rules(api) == before
    wrong = await api.post("/api/v1/publications", json={"files": files, "policy": "maybe"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_request")
    made = await api.post("/api/v1/publications", json={"files": files, "policy": "restart"})
    assert (made.status_code, made.json()["live"]) == (201, True)
