"""The audit log: in one commit with what it tells of, refused sign-ins, and the log as a file."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from tests.api.matrix import FIELDS, a_file, a_list, a_run, an_open_question, live
from tests.api.people import PASSWORD, audited, member, plain

from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import people_of
from treadle.runtime.people.auditlog import AuditLog
from treadle.runtime.people.records import NewEntry
from treadle.runtime.ports import RunFilter, StoreDown

Change = tuple[str, str, Any]


async def changes(engine: Engine) -> list[Change]:
    """One of each kind."""
    names, run = await live(engine), await a_run(engine)
    path, started = await a_file(engine), await a_list(engine)
    asked, _ = await an_open_question(engine)
    names |= await live(engine)
    made = (await engine.connections.add("kommo", f"k-{uuid4().hex[:8]}", FIELDS)).name
    new = {"plugin": "kommo", "name": f"k-{uuid4().hex[:8]}", "fields": FIELDS}
    return [
        ("PUT", f"/files/{path['path']}", {"text": "# other\n"}),
        ("DELETE", f"/files/{path['path']}", None),
        ("POST", "/files/move", {"path": path["path"], "to": "drafts/moved.rule"}),
        ("POST", f"/rules/{names['rule']}/off", None),
        ("POST", "/runs", {"rule": names["rule"], "args": {}}),
        ("POST", f"/sequences/{names['sequence']}/start", {"args": {"n": 1}}),
        ("POST", f"/sequences/{names['sequence']}/starts", {"rows": [{"n": 1}], "per_minute": 1}),
        ("POST", f"/starts/{started['starts_id']}/cancel", None),
        ("POST", f"/runs/{run['run_id']}/cancel", {"reason": "no"}),
        ("POST", f"/approvals/{asked['approval_id']}", {"approved": True}),
        ("POST", "/connections", new),
        ("PATCH", f"/connections/{made}", {"name": f"{made}-b"}),
        ("POST", f"/connections/{made}/hook/rotate", None),
        ("DELETE", f"/connections/{made}", None),
        ("POST", "/publications", {"files": {"rules/matrix.rule": 'rule "Z"\n  when by hand\n  do\n    log "z"\n'}}),
        ("POST", "/backtests", {"since": "2026-01-01T00:00:00Z"}),
        ("POST", "/users", {"email": f"{uuid4().hex}@shop.example", "name": "Ada", "role": "viewer"}),
        ("POST", "/groups", {"name": uuid4().hex, "members": []}),
        ("POST", "/keys", {"name": uuid4().hex, "scopes": ["read"]}),
    ]


async def standing(engine: Engine, api: httpx.AsyncClient) -> dict[str, Any]:
    """All that these changes could have changed."""
    await engine.connections.refresh()
    lists = ("files", "rules", "connections", "approvals", "starts", "users", "groups", "keys", "backtests")
    told = {each: (await api.get(f"/api/v1/{each}")).json() for each in lists}
    for key in told["keys"]["items"]:
        key.pop("used_at")
    for rule in told["rules"]["items"]:
        rule.pop("next")
    runs = await engine.store.runs(RunFilter(limit=200))
    return told | {"runs": [(row.id, row.status, row.due_at) for row in runs], "live": await engine.store.live()}


async def test_what_cannot_be_audited_does_not_happen(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, seen = await changes(engine), list[str]()

    async def lost(_log: AuditLog, entry: NewEntry) -> None:
        seen.append(entry.what)
        raise StoreDown("gone before the entry was written")

    async def gone(_ask: Any, entry: NewEntry) -> None:
        await lost(None, entry)  # type: ignore[arg-type]

    before = await standing(engine, api)
    with monkeypatch.context() as broken:
        broken.setattr(AuditLog, "note", lost)
        for module in ("users", "groups", "keyring"):
            broken.setattr(f"treadle.runtime.people.{module}.write", gone)
        for method, path, body in wanted:
            answer = await api.request(method, f"/api/v1{path}", json=body)
            assert answer.status_code == 503, f"{method} {path}: {answer.text}"
    assert len(seen) == len(wanted), seen
    assert await standing(engine, api) == before


async def test_an_event_put_in_by_hand_is_audited(api: httpx.AsyncClient, engine: Engine) -> None:
    text = 'event told\n  n: int\n\nrule "Hears"\n  when told as it\n  do\n    log "heard"\n'
    assert not (await engine.publish({"rules/matrix.rule": text})).errors
    body = {"trigger": "event.told", "data": {"n": 1}}
    (event,) = (await api.post("/api/v1/events", json=body)).json()["events"]
    assert await audited(engine, event) == ["event.put"]


async def test_refused_sign_ins_are_told_once_a_minute(api: httpx.AsyncClient, engine: Engine) -> None:
    email, _ = await member(engine, "viewer", password=PASSWORD)
    unknown = f"{uuid4().hex}@shop.example"
    async with plain(engine) as http:
        for account in (email, email, unknown, unknown):
            wrong = {"email": account.upper(), "password": "not this one"}
            assert (await http.post("/api/v1/session", json=wrong)).status_code == 401
    for account in (email, unknown):
        page = (await api.get("/api/v1/audit", params={"object": account, "what": "session.refused"})).json()
        (entry,) = page["items"]
        assert (entry["who_kind"], entry["who_name"]) == ("nobody", "somebody at 127.0.0.1")


async def test_the_log_is_taken_away_as_a_table_and_as_json_lines(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadle.runtime.services.audit.PIECE", 2)
    about = f"=cmd('{uuid4().hex}')"
    for n in range(5):
        entry = NewEntry(
            id=new_id(), who_kind="nobody", who_id=None, who_name="x", what=f"made.{n}", object=about,
            detail=msgspec.json.encode({"n": n}),
        )  # fmt: skip
        await people_of(engine).note(entry)
    asked = {"object": about, "by": "x"}
    listed = (await api.get("/api/v1/audit", params=asked)).json()["items"]
    answer = await api.get("/api/v1/audit/export.jsonl", params=asked)
    assert [msgspec.json.decode(line) for line in answer.text.splitlines()] == listed
    table = list(
        csv.DictReader(io.StringIO((await api.get("/api/v1/audit/export.csv", params=asked)).text, newline=""))
    )
    assert [row["what"] for row in table] == [f"made.{n}" for n in (4, 3, 2, 1, 0)]
    assert {row["object"] for row in table} == {f"'{about}"}, "no spreadsheet takes it for a formula"
