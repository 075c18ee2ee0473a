"""Two workspaces over one process: each sees its own, nobody the other's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.types import ASGIApp
from tests.api.declared import document
from tests.api.people import PASSWORD, member, plain, signed_in, with_key

from treadle.api.app import create_app
from treadle.runtime.access import SYSTEM
from treadle.runtime.changes.feed import Told
from treadle.runtime.changes.shapes import Wanted
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.ids import new_id
from treadle.runtime.pacing import Timing
from treadle.runtime.people import people_of
from treadle.runtime.roster import Roster
from treadle.runtime.services import sessions, workspaces
from treadle.runtime.settings import Settings

RULE = """\
rule "Ours {0}"
  when by hand
  do
    wait 1 day

rule "Log {0}"
  when by hand
  do
    log "{0}"

rule "Heard {0}"
  when webhook "in {0}" as hook
  do
    log "{0}"
"""
CALLED = """
event {0}
  word: text
"""
KOMMO = {"base_url": "https://127.0.0.1:9"}


async def second(engine: Engine) -> Engine:
    """The engine of a new workspace."""
    made = await workspaces.made(engine, SYSTEM, new_id(), f"w-{uuid4().hex[:12]}", "Second")
    found = await engine.installation.opened(made.workspace.id)
    assert found is not None
    return found


@pytest.fixture
async def app(engine: Engine) -> ASGIApp:
    return create_app(engine)


@pytest.fixture
async def other(engine: Engine) -> Engine:
    return await second(engine)


async def published(engine: Engine, mark: str) -> None:
    assert not (await engine.publish({"a.rule": RULE.format(mark)})).errors


async def until(true: Callable[[], Any]) -> None:
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_a_key_decides_which_workspace_a_request_is_for(engine: Engine, other: Engine, app: ASGIApp) -> None:
    word = uuid4().hex[:8]
    await published(engine, f"a{word}")
    await published(other, f"b{word}")
    async with await with_key(engine, "read", app=app) as ours, await with_key(other, "read", app=app) as theirs:
        for client, mine, foreign in ((ours, "a", "b"), (theirs, "b", "a")):
            names = (await client.get("/api/v1/rules?limit=200")).text
            assert f"Ours {mine}{word}" in names
            assert f"Ours {foreign}{word}" not in names
        slug = other.installation.known[other.store.workspace_id].slug
        assert (await theirs.get("/api/v1/rules", headers={"treadle-workspace": slug})).status_code == 200
        for named in ("main", "there-is-none"):
            refused = await theirs.get("/api/v1/rules", headers={"treadle-workspace": named})
            assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")


async def test_a_hook_finds_its_workspace_by_its_secret(engine: Engine, other: Engine, app: ASGIApp) -> None:
    word = uuid4().hex[:8]
    addresses = []
    for each in (engine, other):  # the same name in both
        await published(each, word)
        found = each.webhooks.find(f"in {word}")
        assert found is not None
        addresses.append(found.address)
    async with plain(engine, app) as client:
        for address in addresses:
            assert (await client.post(address, json={})).status_code == 202
        mixed = addresses[0].rpartition("/")[0] + "/" + addresses[1].rpartition("/")[2][:22] + "x" * 32
        assert (await client.post(mixed, json={})).status_code == 404
        nowhere = addresses[0].rpartition("/")[0] + "/" + "A" * 22 + "x" * 32
        assert (await client.post(nowhere, json={})).status_code == 404
    for each in (engine, other):
        async with await with_key(each, "read", app=app) as client:
            listed = (await client.get("/api/v1/events?limit=200")).json()["items"]
            assert len([one for one in listed if one["trigger"] == f"webhook.in {word}"]) == 1


async def test_one_browser_is_signed_in_to_several_workspaces(engine: Engine, other: Engine, app: ASGIApp) -> None:
    (email, _), (_, theirs) = await member(engine, "viewer", password=PASSWORD), await member(other, "owner")
    slug = other.installation.known[other.store.workspace_id].slug
    async with plain(engine, app) as client:
        held = await sessions.opened(other, theirs.id)
        cookie = {"cookie": f"treadle_session={held}"}
        body = {"email": email, "password": PASSWORD}
        for headers in ({"treadle-workspace": slug}, {"treadle-workspace": "there-is-none"}):
            refused = await client.post("/api/v1/session", json=body, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (401, "sign_in_refused")
        both = (await client.post("/api/v1/session", json=body, headers=cookie)).cookies["treadle_session"]
        assert both.endswith(f".{held}")
        cookie = {"cookie": f"treadle_session={both}"}
        for named, role in (
            ({}, "viewer"),
            ({"treadle-workspace": slug}, "owner"),
            ({"treadle-workspace": "main"}, "viewer"),
        ):
            assert (await client.get("/api/v1/session", headers=cookie | named)).json()["role"] == role
        seen = (await client.get("/api/v1/workspaces", headers=cookie)).json()["items"]
        assert [each["slug"] for each in seen if each["current"]] == ["main"]
        assert {"main", slug} == {each["slug"] for each in seen}
        token = (await client.get("/api/v1/session", headers=cookie)).json()["csrf"]
        left = await client.delete("/api/v1/session", headers=cookie | {"x-csrf-token": token})
        assert left.cookies["treadle_session"] == held


async def test_owners_of_the_first_workspace_make_others(engine: Engine, other: Engine, app: ASGIApp) -> None:
    slug = f"w-{uuid4().hex[:12]}"
    async with await with_key(other, "administer", "read", app=app) as client:
        assert (await client.post("/api/v1/workspaces", json={"slug": slug})).status_code == 403
        mine = (await client.get("/api/v1/workspaces")).json()["items"]
        assert [each["id"] for each in mine] == [str(other.store.workspace_id)]
        foreign = await client.patch("/api/v1/workspaces/main", json={"name": "x"})
        assert (foreign.status_code, foreign.json()["code"]) == (404, "workspace_unknown")
        renamed = await client.patch(f"/api/v1/workspaces/{mine[0]['slug']}", json={"slug": slug, "name": "Theirs"})
        assert (renamed.json()["slug"], renamed.json()["name"]) == (slug, "Theirs")
        assert (await client.patch(f"/api/v1/workspaces/{slug}", json={"slug": "main"})).json()["code"] == "slug_taken"
    async with await with_key(engine, "administer", "read", app=app) as client:
        assert (await client.post("/api/v1/workspaces", json={"slug": slug})).json()["code"] == "slug_taken"
        made = (await client.post("/api/v1/workspaces", json={"slug": f"{slug}-2"})).json()
        assert slug in {each["slug"] for each in (await client.get("/api/v1/workspaces")).json()["items"]}
    async with plain(engine, app) as client:
        told = (await client.get("/api/v1/session", headers={"authorization": f"Bearer {made['key']}"})).json()
    assert (told["workspace"], len(told["rights"])) == (f"{slug}-2", 4)
    async with await signed_in(engine, "owner", app) as client:
        person = (await client.post("/api/v1/workspaces", json={"slug": f"{slug}-3"})).json()
        assert person["key"] is None
        entered = await engine.installation.opened(UUID(person["workspace"]["id"]))
        assert entered is not None
        assert [each.role for each in await people_of(entered).users()] == ["owner"]


async def test_one_process_works_for_all_and_rests_where_nothing_happens(engine: Engine, database_home: Path) -> None:
    word, stop = uuid4().hex[:8], asyncio.Event()
    quick = Timing(poll=0.05, beat=0.2, tick=0.05)
    async with open_engine(Settings.read({}, home=database_home, most_requests=0)) as away:
        roster = Roster(engine, timing=quick, rest=0.4)
        working = asyncio.create_task(roster.run(stop))
        there = await second(away)  # by another process
        id_ = there.store.workspace_id
        await until(lambda: id_ in engine.installation.known and id_ not in roster.at_work())
        await published(there, word)
        for _ in range(2):
            run = await there.start_by_hand(f"Log {word}", {})
            await until(lambda: id_ in roster.at_work())
            await until(lambda: id_ not in roster.at_work())
            found = await there.store.run(run)
            assert found is not None
            assert found.status == "done"
        stop.set()
        await working


LISTS = sorted(
    path
    for path, item in document()["paths"].items()
    if "get" in item and "{" not in path and path.startswith("/api/v1/") and path not in ("/api/v1/live",)
)


async def furnished(engine: Engine, app: ASGIApp, mark: str) -> None:
    """Something of every kind that lists show, each with the mark in it."""
    rules = RULE.format(mark) + CALLED.format(mark)
    made = {
        "/files/draft-{0}.rule": {"text": f"// {mark}\n"},
        "/publications": {"files": {f"live-{mark}.rule": rules}},
        "/connections": {
            "plugin": "kommo",
            "name": f"kommo-{mark}",
            "fields": KOMMO | {"access_token": f"token-{mark}"},
        },
        "/keys": {"name": f"key {mark}", "scopes": ["read"]},
        "/groups": {"name": f"group {mark}"},
        "/users": {"email": f"{mark}@shop.example", "name": "Ada", "role": "viewer", "password": PASSWORD},
        "/invitations": {"email": f"invited-{mark}@shop.example", "role": "viewer", "days": 1},
        "/events": {"trigger": f"event.{mark}", "data": {"word": mark}},
        "/runs": {"rule": f"Ours {mark}", "args": {}},
    }
    async with await with_key(engine, "read", "operate", "edit", "administer", app=app) as client:
        for path, body in made.items():
            verb = "PUT" if "{0}" in path else "POST"
            answer = await client.request(verb, "/api/v1" + path.format(mark), json=body)
            assert answer.is_success, (path, answer.text)


async def test_no_list_of_one_workspace_shows_anything_of_another(engine: Engine, other: Engine, app: ASGIApp) -> None:
    mark = f"zebra{uuid4().hex[:8]}"
    await furnished(other, app, mark)
    scopes = ("read", "operate", "edit", "administer")
    shown = set()
    async with await with_key(engine, *scopes, app=app) as ours, await with_key(other, *scopes, app=app) as theirs:
        for path in LISTS:
            assert mark not in (await ours.get(path)).text, path
            if mark in (await theirs.get(path)).text:
                shown.add(path.removeprefix("/api/v1/"))
        assert shown >= WITH_MARK, WITH_MARK - shown
        assert (await theirs.get("/metrics")).status_code == 403
        assert mark not in (await ours.get("/metrics")).text


WITH_MARK = {
    "audit", "connections", "events", "files", "groups", "invitations", "keys", "rules", "runs",
    "users",
}  # fmt: skip


async def test_the_same_idempotency_key_is_another_one_in_another_workspace(
    engine: Engine, other: Engine, app: ASGIApp
) -> None:
    name, key = f"g{uuid4().hex[:8]}", {"idempotency-key": uuid4().hex}
    ids = set()
    for each in (engine, other):
        async with await signed_in(each, "owner", app) as client:
            made = await client.post("/api/v1/groups", json={"name": name}, headers=key)
            assert made.status_code == 201, made.text
            ids.add(made.json()["id"])
    assert len(ids) == 2


async def test_changes_are_told_to_their_workspace_alone(engine: Engine, other: Engine, app: ASGIApp) -> None:
    mark = uuid4().hex[:8]
    await published(other, mark)
    async with (
        engine.feed.watching(Wanted()) as (ours, _),
        other.feed.watching(Wanted()) as (theirs, _),
    ):
        run = await other.start_by_hand(f"Log {mark}", {})
        told = await theirs.next(10)
        assert isinstance(told, Told)
        assert str(run) in {each.id for each in told.changes}
        heard = await ours.next(0.3)
        assert heard is None or str(run) not in str(heard)
