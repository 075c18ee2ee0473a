"""/catalogue: what the accounts hold, asked again or from the cache."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from treadle.sdk import Choice


async def test_what_an_account_holds_is_looked_up_and_kept(
    api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"k-{uuid4().hex[:8]}"
    fields = {"base_url": "https://127.0.0.1:9", "access_token": "very-secret-token"}
    await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": fields})
    assert name not in (await api.get("/api/v1/catalogue")).json()["accounts"]  # the service did not answer

    async def choices(_ctx: Any) -> dict[str, list[Choice]]:
        return {"stages": [Choice("1", "New", "Sales")], "_own": [Choice("1", "x")]}

    monkeypatch.setattr("treadle_kommo.account.choices", choices)
    pulled = (await api.post("/api/v1/catalogue/pull")).json()
    assert pulled["failed"] == {}
    assert pulled["accounts"][name]["choices"] == {"stages": [{"id": "1", "name": "New", "within": "Sales"}]}
    assert (await api.get("/api/v1/catalogue")).json()["accounts"][name] == pulled["accounts"][name]
    assert "very-secret-token" not in str(pulled)
