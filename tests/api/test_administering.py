"""Changing, moving and removing connections; hooks; credentials that go to no other host (X8, X9, X10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from msgspec.structs import replace

from treadle.api.app import create_app
from treadle.api.server import bind
from treadle.runtime import misses
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.settings import Settings
from treadle_kommo.simulator.samples import DELIVERIES

SECRET = "the-token-of-the-account"
FIELDS = {"base_url": "https://127.0.0.1:9", "access_token": SECRET}
BODY = "account%5Bid%5D=31000111"
FORM = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}


async def made(api: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    body = {"plugin": "kommo", "name": f"k-{uuid4().hex[:8]}", "fields": FIELDS | fields}
    answer = await api.post("/api/v1/connections", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_connection_is_found_by_name_and_id_changed_and_removed(api: httpx.AsyncClient, engine: Engine) -> None:
    one = await made(api)
    address = f"/api/v1/connections/{one['name']}"
    assert (await api.get(f"/api/v1/connections/{one['id']}")).json() == (await api.get(address)).json()
    changed = await api.patch(address, json={"fields": {"user_id": "7"}})
    assert (changed.status_code, changed.json()["settings"]["user_id"]) == (200, 7)
    assert engine.connections.get(one["name"]).instance.access_token.reveal() == SECRET  # type: ignore[attr-defined]
    seen = {"if-match": changed.headers["etag"]}
    raced = [await api.patch(address, json={"fields": {"user_id": each}}, headers=seen) for each in ("8", "9")]
    assert [each.status_code for each in raced] == [200, 412]
    assert (await api.get(address)).json()["settings"]["user_id"] == 8
    gone = await api.patch(address, json={"fields": {"user_id": ""}, "name": f"{one['name']}-b", "is_default": True})
    assert (gone.json()["settings"]["user_id"], gone.json()["is_default"]) == (None, True)
    assert SECRET not in gone.text
    defaults = [each for each in (await api.get("/api/v1/connections")).json()["items"] if each["is_default"]]
    assert [each["id"] for each in defaults if each["plugin"] == "kommo"] == [one["id"]]
    assert (await api.delete(f"/api/v1/connections/{one['id']}")).status_code == 204
    for verb in ("get", "delete"):
        unknown = await getattr(api, verb)(f"/api/v1/connections/{one['id']}")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "connection_unknown")


async def test_what_does_not_fit_changes_nothing(api: httpx.AsyncClient) -> None:
    one, other = await made(api), await made(api)
    address = f"/api/v1/connections/{one['name']}"
    for body, status, code in (
        ({"fields": {"colour": "red"}}, 422, "fields_invalid"),
        ({"fields": {"user_id": "seven"}}, 422, "fields_invalid"),
        ({"fields": {"access_token": ""}}, 422, "fields_invalid"),
        ({"name": other["name"]}, 409, "name_taken"),
        ({"name": ""}, 400, "bad_request"),
        ({"is_default": False}, 400, "bad_request"),
    ):
        answer = await api.patch(address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert (await api.get(address)).json() == one


async def test_x8_a_new_host_needs_the_credentials_again(api: httpx.AsyncClient) -> None:
    one = await made(api)
    address = f"/api/v1/connections/{one['name']}"
    refused = await api.patch(address, json={"fields": {"base_url": "https://evil.example"}})
    assert (refused.status_code, refused.json()["code"]) == (422, "fields_invalid")
    assert "access_token" in refused.json()["detail"]
    moved = await api.patch(address, json={"fields": {"base_url": "https://new.example", "access_token": "another"}})
    assert moved.json()["settings"]["base_url"] == "https://new.example"


async def test_x9_a_changed_hook_is_heard_under_both_addresses_for_a_day(
    api: httpx.AsyncClient, engine: Engine
) -> None:
    one = await made(api)
    first = one["hook_url"]
    rotated = (await api.post(f"/api/v1/connections/{one['name']}/hook/rotate")).json()
    second = rotated["hook_url"]
    assert first != second
    assert rotated["old_hook_until"] is not None
    for hook in (first, second):
        assert (await api.post(hook, content=BODY, headers=FORM)).status_code == 202
    third = (await api.post(f"/api/v1/connections/{one['name']}/hook/rotate")).json()["hook_url"]
    answers = [(await api.post(hook, content=BODY, headers=FORM)).status_code for hook in (first, second, third)]
    assert answers == [404, 202, 202]
    await let_a_day_pass(engine, one["name"])
    answers = [(await api.post(hook, content=BODY, headers=FORM)).status_code for hook in (first, second, third)]
    assert answers == [404, 404, 202]


async def let_a_day_pass(engine: Engine, name: str) -> None:
    row = engine.connections.get(name).row
    assert row.old_hook_until is not None
    left = row.old_hook_until - await engine.store.now()
    assert timedelta(hours=23, minutes=58) < left <= timedelta(hours=24)
    await engine.store.save_connection(replace(row, old_hook_until=row.old_hook_until - timedelta(hours=24)))
    await engine.connections.refresh()


async def test_x9_a_wrong_secret_takes_the_same_way_as_an_unknown_hook(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await made(api)
    right = one["hook_url"].rpartition("/")[2]
    name = f"x9 {uuid4().hex[:8]}"
    await engine.publish({"x9.rule": f'rule "X9"\n  when webhook "{name}" as hook\n  do\n    log "x"\n'})
    asked: list[str] = []
    monkeypatch.setattr(misses, "_APART", 0.0)
    for store_verb in ("connections", "webhooks"):
        monkeypatch.setattr(engine.store, store_verb, noted(asked, store_verb, getattr(engine.store, store_verb)))
    answers, ways = set(), set()
    for secret in ("wrong", right[:-1], right + "x", right.swapcase(), "%C3%A9", "%ED%A0%80", "%00", "nothing"):
        for hook in (f"/hooks/{one['name']}/{secret}", f"/hooks/nobody/{secret}"):
            del asked[:]
            answer = await api.post(hook, content=BODY, headers=FORM)
            answers.add((answer.status_code, answer.text))
            ways.add(tuple(asked))
    for hook in (f"/hooks/web/{name}/wrong", f"/hooks/web/{name}x/wrong"):
        del asked[:]
        answer = await api.post(hook, content=BODY, headers=FORM)
        answers.add((answer.status_code, answer.text))
        ways.add(("connections",) if asked == ["webhooks"] else tuple(asked))
    assert (ways, len(answers)) == ({("connections",)}, 1)
    assert answers.pop()[0] == 404
    for hook in (f"/hooks/{one['name']}/", f"/hooks/{one['name']}//", f"/hooks/web/{name}/"):
        assert (await api.post(hook, content=BODY, headers=FORM)).status_code == 404


def noted(asked: list[str], name: str, real: Any) -> Any:
    async def verb() -> Any:
        task = asyncio.current_task()
        if task is None or task.get_name() != "follow":  # what is followed beside the requests is none of theirs
            asked.append(name)
        return await real()

    return verb


async def test_x9_guesses_share_one_look_at_the_store(
    api: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(engine.store, "connections", noted(asked, "connections", engine.store.connections))
    guesses = (api.post(f"/hooks/nobody-{n}/guess", content=BODY, headers=FORM) for n in range(50))
    assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {404}
    assert len(asked) <= 2


async def test_x10_the_same_delivery_a_hundred_times_is_one_event(api: httpx.AsyncClient) -> None:
    hook = (await made(api))["hook_url"]
    kind, body = DELIVERIES["lead_status"]
    headers = FORM | {"content-type": kind}

    async def some() -> list[httpx.Response]:
        return [await api.post(hook, content=body, headers=headers) for _ in range(10)]

    answers = [answer for each in await asyncio.gather(*(some() for _ in range(10))) for answer in each]
    assert {answer.status_code for answer in answers} == {202}
    receipts = [answer.json() for answer in answers]
    events = {event for each in receipts for event in each["events"]}
    assert sum(each["accepted"] for each in receipts) == len(events) > 0


class Listener:
    """Something on the network that takes whatever comes, and remembers it."""

    def __init__(self, answer: bytes) -> None:
        self.heard: list[bytes] = []
        self._answer = answer
        self.port = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.heard.append(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5))
            writer.write(self._answer)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[Listener]:
    listener, socket = Listener(answer), bind("127.0.0.1", 0)
    listener.port = socket.getsockname()[1]
    async with await asyncio.start_server(listener.take, sock=socket):
        yield listener


@pytest.mark.parametrize("route", ["make", "test", "pull", "change", "consent"])
async def test_x8_no_route_sends_a_credential_where_it_does_not_belong(database_home: Path, route: str) -> None:
    """Each route that causes an outgoing call, against a service that sends it on to another host."""
    async with listening(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}") as thief:
        head = f"HTTP/1.1 302 Found\r\nlocation: http://localhost:{thief.port}/x\r\n"
        on = f"{head}content-length: 0\r\nconnection: close\r\n\r\n"
        async with listening(on.encode()) as own:
            allow = f"127.0.0.1:{own.port},localhost:{thief.port},127.0.0.1:{thief.port}"
            settings = Settings.read({"TREADLE_ALLOW_HOSTS": allow}, home=database_home)
            async with open_engine(settings) as engine:
                await asked(engine, route, own.port, thief.port)
    told = b"".join(thief.heard).lower()
    assert b"authorization" not in told
    assert SECRET.encode() not in told
    if route != "consent":
        assert thief.heard, "the redirect was followed, without the credential"
        assert any(SECRET.encode() in each for each in own.heard)


async def asked(engine: Engine, route: str, own: int, thief: int) -> None:
    key = (engine.settings.home / "key").read_text().strip()
    transport = httpx.ASGITransport(create_app(engine))  # type: ignore[arg-type]
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://t.example", headers=headers) as api:
        if route == "consent":
            await sent_elsewhere(api, own, thief)
            return
        one = await made(api, base_url=f"http://127.0.0.1:{own}")
        match route:
            case "test":
                await api.post(f"/api/v1/connections/{one['name']}/test")
            case "pull":
                await api.post("/api/v1/catalogue/pull")
            case "change":
                refused = {"fields": {"base_url": f"http://localhost:{thief}"}}
                await api.patch(f"/api/v1/connections/{one['name']}", json=refused)
                await api.post(f"/api/v1/connections/{one['name']}/test")
        await api.delete(f"/api/v1/connections/{one['name']}")


async def sent_elsewhere(api: httpx.AsyncClient, own: int, thief: int) -> None:
    """The address of consent may be anybody's; the client's secret still goes to the account's host alone."""
    name = f"k-{uuid4().hex[:8]}"
    fields = {
        "base_url": f"http://127.0.0.1:{own}",
        "client_id": "c",
        "client_secret": SECRET,
        "consent_url": f"http://localhost:{thief}/oauth",
    }
    await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": fields})
    begun = (await api.post(f"/api/v1/connections/{name}/oauth/start")).json()
    state = dict(httpx.URL(begun["authorize_url"]).params)["state"]
    answer = await api.get(f"/api/v1/oauth/callback?state={state}&code=x&referer=localhost:{thief}")
    assert (answer.status_code, answer.json()["code"]) == (422, "consent_refused")
    await api.delete(f"/api/v1/connections/{name}")
