"""/files, /publications and /versions: drafts, what was live when, what changed, and going back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from treadle.runtime.engine import Engine

RULE = 'rule "{name}"\n  when by hand\n  do\n    log "{words}"\n'


@pytest.fixture(autouse=True)
async def an_empty_workspace(engine: Engine) -> AsyncIterator[None]:
    """The database is shared with other tests; what they left live or as drafts would be in the way."""
    await forget(engine)
    yield
    await forget(engine)


async def forget(engine: Engine) -> None:
    async with engine.database.pool.connection() as connection:
        await connection.execute("delete from drafts")
    await engine.publication({})


def rule(words: str, name: str = "Greet") -> str:
    return RULE.format(name=name, words=words)


async def write(api: httpx.AsyncClient, path: str, text: str, **headers: str) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.put(f"/api/v1/files/{path}", json={"text": text}, headers=sent)


async def tree(api: httpx.AsyncClient) -> dict[str, Any]:
    found = (await api.get("/api/v1/files")).json()
    return {each["path"]: each for each in found["files"]}


async def publish(api: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    done = await api.post("/api/v1/publications", json=body)
    assert done.status_code == 201, done.text
    return done.json()  # type: ignore[no-any-return]


async def test_a_draft_is_written_read_published_and_forgotten(api: httpx.AsyncClient, engine: Engine) -> None:
    made = await write(api, "sales/greet.rule", rule("hello"), If_None_Match="*")
    assert (made.status_code, made.json()["state"]) == (200, "new")
    etag = made.headers["etag"]
    read = await api.get("/api/v1/files/sales/greet.rule")
    assert (read.headers["etag"], read.json()["text"]) == (etag, rule("hello"))
    assert "Greet" not in {each.name for each in await engine.rules()}

    done = await publish(api, comment="first")
    assert done["rules"] == ["Greet"]
    (file,) = (await tree(api)).values()
    assert (file["path"], file["state"], f'"{file["etag"]}"') == ("sales/greet.rule", "published", etag)

    await write(api, "sales/greet.rule", rule("good day"))
    assert (await tree(api))["sales/greet.rule"]["state"] == "changed"
    assert (await api.delete("/api/v1/files/sales/greet.rule?discard=true")).status_code == 204
    assert (await tree(api))["sales/greet.rule"]["state"] == "published"

    assert (await api.delete("/api/v1/files/sales/greet.rule")).status_code == 204
    assert (await tree(api))["sales/greet.rule"]["state"] == "deleted"
    assert (await api.get("/api/v1/files/sales/greet.rule")).json()["code"] == "file_unknown"
    assert (await publish(api))["rules"] == []
    assert await tree(api) == {}


async def test_a_write_over_another_version_changes_nothing(api: httpx.AsyncClient) -> None:
    first = (await write(api, "a.rule", rule("1"))).headers["etag"]
    second = (await write(api, "a.rule", rule("2"), If_Match=first)).headers["etag"]
    lost = await write(api, "a.rule", rule("3"), If_Match=first)
    assert (lost.status_code, lost.json()["code"]) == (412, "changed_meanwhile")
    assert second.strip('"') in lost.json()["detail"]
    assert (await write(api, "a.rule", rule("3"), If_None_Match="*")).status_code == 412
    assert (await write(api, "b.rule", rule("3"), If_Match="*")).status_code == 412
    assert (await api.delete("/api/v1/files/a.rule", headers={"If-Match": first})).status_code == 412
    assert (await write(api, "a.rule", rule("3"), If_Match="rubbish")).status_code == 400
    assert (await api.get("/api/v1/files/a.rule")).json()["text"] == rule("2")


async def test_a_file_moves_in_one_step_and_never_over_another(api: httpx.AsyncClient) -> None:
    await publish(api, files={"a.rule": rule("a", "A"), "b.rule": rule("b", "B")})
    taken = await api.post("/api/v1/files/move", json={"path": "a.rule", "to": "b.rule"})
    assert (taken.status_code, taken.json()["code"]) == (412, "changed_meanwhile")
    moved = await api.post("/api/v1/files/move", json={"path": "a.rule", "to": "old/a.rule"})
    assert moved.json()["path"] == "old/a.rule"
    states = {path: each["state"] for path, each in (await tree(api)).items()}
    assert states == {"a.rule": "deleted", "b.rule": "published", "old/a.rule": "new"}
    diff = (await api.get("/api/v1/publications/live/diff?against=draft")).json()
    (change,) = diff["changes"]
    assert (change["what"], change["name"], change["was"], change["file"]) == ("moved", "A", "a.rule", "old/a.rule")


@pytest.mark.parametrize(
    "path",
    [
        "../a.rule", "a/../b.rule", "/etc/a.rule", "a//b.rule", ".git/a.rule", "a.txt", "%2e%2e/a.rule", "a\\b.rule",
        "con.rule", "C:a.rule", "a .rule ", "a\u0000.rule", "e\u0301.rule", f"{'x' * 600}.rule", ".rule",
    ],
)  # fmt: skip
async def test_paths_that_would_mean_something_elsewhere_are_refused(api: httpx.AsyncClient, path: str) -> None:
    moved = await api.post("/api/v1/files/move", json={"path": "a.rule", "to": path})
    await write(api, "a.rule", rule("a"))
    moved = await api.post("/api/v1/files/move", json={"path": "a.rule", "to": path})
    assert (moved.status_code, moved.json()["code"]) == (422, "path_invalid"), moved.text
    assert set(await tree(api)) == {"a.rule"}


async def test_texts_that_cannot_be_kept_are_refused(api: httpx.AsyncClient) -> None:
    told = await write(api, "a.rule", "a\0b")
    assert (told.status_code, told.json()["code"]) == (422, "text_invalid")
    big = await write(api, "a.rule", "#" * 5_000_001)
    assert big.status_code in (400, 422)
    assert await tree(api) == {}


async def test_a_draft_of_an_older_live_file_is_not_published_over_the_newer(api: httpx.AsyncClient) -> None:
    await publish(api, files={"a.rule": rule("1")})
    await write(api, "a.rule", rule("mine"))
    await publish(api, files={"a.rule": rule("theirs")})
    assert (await tree(api))["a.rule"]["outdated"] is True
    refused = await api.post("/api/v1/publications", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_outdated")
    live = (await tree(api))["a.rule"]["published"]
    await api.put("/api/v1/files/a.rule", json={"text": rule("both"), "base": live})
    await publish(api)
    assert (await api.get("/api/v1/files/a.rule")).json()["text"] == rule("both")


async def test_broken_drafts_are_counted_and_not_published(api: httpx.AsyncClient) -> None:
    await publish(api, files={"a.rule": rule("1")})
    await write(api, "b.rule", "rule broken\n")
    answer = await api.get("/api/v1/files?check=true")
    while answer.status_code == 503:  # the language is busy: a cold start beside other tests
        await asyncio.sleep(0.2)
        answer = await api.get("/api/v1/files?check=true")
    files = answer.json()["files"]
    assert {each["path"]: each["found"]["errors"] > 0 for each in files} == {"a.rule": False, "b.rule": True}
    refused = await api.post("/api/v1/publications", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "rules_have_faults")
    assert (await tree(api))["b.rule"]["state"] == "new"


async def test_history_versions_and_going_back(api: httpx.AsyncClient, engine: Engine) -> None:
    one = await publish(api, files={"a.rule": rule("1"), "b.rule": rule("b", "B")}, comment="one")
    two = await publish(api, files={"a.rule": rule("2"), "b.rule": rule("b", "B")}, comment="two")
    await publish(api, files={"b.rule": rule("b", "B")})

    page = (await api.get("/api/v1/publications?limit=3")).json()
    assert [each["comment"] for each in page["items"]] == [None, "two", "one"]
    assert [each["live"] for each in page["items"]] == [True, False, False]
    assert page["items"][1]["who"]
    held = (await api.get(f"/api/v1/publications/{two['publication']}")).json()
    assert [each["path"] for each in held["files"]] == ["a.rule", "b.rule"]
    old = await api.get(f"/api/v1/publications/{one['publication']}/files/a.rule")
    assert old.json()["text"] == rule("1")
    versions = (await api.get("/api/v1/versions?file=a.rule&limit=3")).json()["items"]
    assert [each["etag"] is None for each in versions] == [True, False, False]

    preview = await api.post(f"/api/v1/publications/{one['publication']}/rollback?preview=true", json={})
    assert (preview.status_code, preview.json()["live"]) == (200, False)
    back = await api.post(f"/api/v1/publications/{one['publication']}/rollback", json={"comment": "worse"})
    assert (back.status_code, back.json()["rules"]) == (201, ["Greet", "B"])
    (newest,) = (await api.get("/api/v1/publications?limit=1")).json()["items"]
    assert (newest["restores"], newest["comment"]) == (one["publication"], "worse")
    assert engine.live.sources["a.rule"] == rule("1")


async def test_what_changed_is_told_by_text_and_by_meaning(api: httpx.AsyncClient) -> None:
    one = await publish(api, files={"a.rule": rule("1"), "b.rule": rule("b", "B")})
    two = await publish(api, files={"a.rule": rule("2"), "b.rule": "# said\n" + rule("b", "B")})
    diff = (await api.get(f"/api/v1/publications/{one['publication']}/diff?against={two['publication']}")).json()
    assert [each["path"] for each in diff["files"]] == ["a.rule", "b.rule"]
    assert '-    log "1"\n+    log "2"\n' in diff["files"][0]["diff"]
    (change,) = diff["changes"]
    assert (change["what"], change["kind"], change["name"]) == ("changed", "rule", "Greet")
    assert [(each["what"], each["part"], each["step"]) for each in change["parts"]] == [("changed", "step", "log")]
    same = (await api.get(f"/api/v1/publications/{two['publication']}/diff?against=before")).json()
    assert same == diff
    assert (await api.get(f"/api/v1/publications/{one['publication']}/diff")).json() == diff
    await write(api, "b.rule", rule("b", "C"))
    told = (await api.get("/api/v1/publications/live/diff?against=draft")).json()
    assert [(each["what"], each["name"], each["was"]) for each in told["changes"]] == [("renamed", "C", "B")]


async def test_a_publication_may_name_the_one_that_it_replaces(api: httpx.AsyncClient) -> None:
    one = await publish(api, files={"a.rule": rule("1")})
    await publish(api, files={"a.rule": rule("2")})
    late = await api.post("/api/v1/publications", json={"files": {}}, headers={"If-Match": f'"{one["publication"]}"'})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")


async def test_what_nobody_knows_is_404(api: httpx.AsyncClient) -> None:
    nobody = uuid4()
    for path in (
        f"{nobody}",
        f"{nobody}/diff",
        "rubbish/diff",
        f"{nobody}/files/a.rule",
        f"live/diff?against={nobody}",
    ):
        told = await api.get(f"/api/v1/publications/{path}")
        assert (told.status_code, told.json()["code"]) == (404, "publication_unknown"), path
    assert (await api.post(f"/api/v1/publications/{nobody}/rollback", json={})).status_code == 404
    assert (await api.delete("/api/v1/files/none.rule")).json()["code"] == "file_unknown"
