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
