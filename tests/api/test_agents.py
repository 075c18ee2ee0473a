"""Agents made and changed by a form: the text of a file, as a draft, with everything around it as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

FIELDS: dict[str, Any] = {
    "model": "openrouter",
    "models": ["openai/gpt-4o-mini"],
    "instructions": 'Be brief.\n  Say "{no}" to nobody.',
    "tools": [{"action": "kommo.get_contact"}, {"action": "kommo.add_note", "approve": "managers"}],
    "returns": "{score: int}",
    "budget": [{"amount": "0.05 usd", "per": "run"}],
    "turns": 3,
}
ABOVE = '# ours\nuse kommo\nuse openrouter\n\n# judges\nagent {name}\n  model openrouter "a/b"\n\n# last\nlet x = 1\n'


@pytest.fixture
async def path(api: httpx.AsyncClient) -> AsyncIterator[str]:
    made = f"t/{uuid4().hex}.rule"
    yield made
    await api.delete(f"/api/v1/files/{made}?discard=true")


async def test_an_agent_is_declared_in_a_file(api: httpx.AsyncClient, path: str) -> None:
    name = f"j{uuid4().hex[:8]}"
    await api.put(f"/api/v1/files/{path}", json={"text": "use kommo\nuse openrouter\n"})
    made = await api.post("/api/v1/agents", json={"name": name, "file": path, **FIELDS})
    assert made.status_code == 201, made.json()
    told = made.json()
    assert {each["severity"] for each in told["diagnostics"]} == {"warning"}  # nobody asks it yet
    stored = await api.get(f"/api/v1/files/{path}")
    assert stored.json()["text"] == told["text"]
    assert made.headers["etag"] == stored.headers["etag"]
    assert told["text"].startswith(f"use kommo\nuse openrouter\n\nagent {name}\n")
    assert '  approve kommo.add_note by "managers"' in told["text"]
    again = await api.post("/api/v1/agents", json={"name": name, "file": path, **FIELDS})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")


async def test_an_agent_is_changed_where_it_stands(api: httpx.AsyncClient, path: str) -> None:
    name = f"j{uuid4().hex[:8]}"
    text = ABOVE.replace("{name}", name)
    written = await api.put(f"/api/v1/files/{path}", json={"text": text})
    stale = await api.put(f"/api/v1/agents/{name}", json=FIELDS, headers={"if-match": '"0"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    done = await api.put(f"/api/v1/agents/{name}", json=FIELDS, headers={"if-match": written.headers["etag"]})
    assert done.status_code == 200, done.json()
    before, _, after = text.partition('  model openrouter "a/b"\n')
    assert done.json()["text"].startswith(before + '  model openrouter "openai/gpt-4o-mini"\n')
    assert done.json()["text"].endswith(after)


async def test_what_cannot_be_written_changes_nothing(api: httpx.AsyncClient, path: str) -> None:
    name = f"j{uuid4().hex[:8]}"
    wrong = await api.post("/api/v1/agents", json={"name": name, "file": path, **FIELDS, "returns": "{{"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "edit_refused")
    two = {**FIELDS, "returns": 'text\n\nrule "Mine"\n  when by hand\n  do\n    stop'}
    assert (await api.post("/api/v1/agents", json={"name": name, "file": path, **two})).status_code == 422
    assert (await api.get(f"/api/v1/files/{path}")).status_code == 404
    missing = await api.put(f"/api/v1/agents/{name}", json=FIELDS)
    assert (missing.status_code, missing.json()["code"]) == (404, "agent_unknown")
    bad = await api.post("/api/v1/agents", json={"name": "A b", "file": path, **FIELDS})
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_request")
