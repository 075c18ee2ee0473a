"""Changes as they commit, over the stream that editors read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.api.people import member

from treadle.api.app import create_app
from treadle.api.routes import live as route
from treadle.api.server import bind, serving
from treadle.runtime.access import SYSTEM
from treadle.runtime.engine import Engine
from treadle.runtime.people.tokens import csrf_token
from treadle.runtime.services import keys, sessions

Frame = dict[str, Any]


@pytest.fixture
async def server(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server: a stream does not end, so the transport in memory would wait for ever."""
    key = (engine.settings.home / "key").read_text().strip()
    async with (
        serving(create_app(engine), bind("127.0.0.1", 0), engine.feed.close) as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=20) as client,
    ):
        yield client


@asynccontextmanager
async def stream(client: httpx.AsyncClient, path: str = "", **headers: str) -> AsyncIterator[AsyncIterator[Frame]]:
    """The frames of a stream, the first of which has come."""
    async with client.stream("GET", f"/api/v1/live{path}", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        async with aclosing(frames(answer)) as found:
            yield found


async def frames(answer: httpx.Response) -> AsyncIterator[Frame]:
    """Each event with its data; comments alone are left out."""
    frame: Frame = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            frame[name] = json.loads(value) if name == "data" else value
        elif "event" in frame:
            yield frame
            frame = {}


async def soon(found: AsyncIterator[Frame]) -> Frame:
    async with asyncio.timeout(20):
        return await anext(found)


async def until(found: AsyncIterator[Frame], kind: str, id: str) -> Frame:
    """The next change of this thing; others are passed over."""
    while True:
        frame = await soon(found)
        if frame["event"] == "change" and (frame["data"]["kind"], frame["data"]["id"]) == (kind, id):
            return frame


async def put(engine: Engine) -> str:
    """The id of a new event."""
    (event,) = (await engine.put_event("treadle.run_failed", FAILED)).events
    return str(event)


FAILED = {"rule": "x", "code": "x", "message": "x"}


async def test_an_event_is_told_once_it_is_there(server: httpx.AsyncClient, engine: Engine) -> None:
    async with stream(server) as found:
        assert (await soon(found))["event"] == "ready"
        event = await put(engine)
        told = await until(found, "event", event)
        assert told["data"].keys() == {"kind", "id", "run", "rule", "status"}
        assert (await server.get(f"/api/v1/events/{event}")).status_code == 200


async def test_a_stream_goes_on_where_another_one_ended(server: httpx.AsyncClient, engine: Engine) -> None:
    async with stream(server, "?kinds=event") as found:
        last = (await soon(found))["id"]
    missed = [await put(engine) for _ in range(3)]
    async with stream(server, "?kinds=event", **{"Last-Event-ID": last}) as found:
        assert (await soon(found))["event"] == "ready"
        told = [(await soon(found))["data"]["id"] for _ in missed]
        assert sorted(told) == sorted(missed)
        later = await put(engine)
        assert (await soon(found))["data"]["id"] == later


@pytest.mark.parametrize("cursor", ["x", "1:1:@0", "5:3:@99999999999", "1:1:@99999999999x", "9" * 5000])
async def test_a_cursor_that_no_stream_gave_or_too_old_is_a_reset(server: httpx.AsyncClient, cursor: str) -> None:
    async with stream(server, **{"Last-Event-ID": cursor}) as found:
        assert (await soon(found))["event"] == "ready"
        reset = await soon(found)
        assert (reset["event"], bool(reset["id"])) == ("reset", True)
        assert [each async for each in found] == []


async def test_kinds_that_there_are_not(server: httpx.AsyncClient) -> None:
    refused = await server.get("/api/v1/live?kinds=run,secret")
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_request")


async def test_no_stream_without_a_key(server: httpx.AsyncClient) -> None:
    assert (await server.get("/api/v1/live", headers={"authorization": ""})).status_code == 401


async def test_a_switched_rule_and_a_publication_are_told(server: httpx.AsyncClient, engine: Engine) -> None:
    name = f"r{uuid4().hex}"
    async with stream(server, "?kinds=publication,rule") as found:
        await soon(found)
        compiled = await engine.publish({f"{name}.rule": f'rule "{name}"\n  when by hand\n  do\n    log "x"\n'})
        assert not [each for each in compiled.diagnostics if each.severity == "error"], compiled.diagnostics
        assert (await soon(found))["data"]["kind"] == "publication"
        for verb, status in (("off", "off"), ("on", "on")):
            assert (await server.post(f"/api/v1/rules/{name}/{verb}")).status_code == 200
            assert (await until(found, "rule", name))["data"]["status"] == status


async def test_a_draft_is_told_and_that_it_is_settled(server: httpx.AsyncClient) -> None:
    path = f"told/{uuid4().hex[:8]}.rule"
    async with stream(server, "?kinds=file") as changes:
        await anext(changes)
        assert (await server.put(f"/api/v1/files/{path}", json={"text": "use http\n"})).is_success
        assert (await server.delete(f"/api/v1/files/{path}")).is_success
        told = [(await anext(changes))["data"] for _ in range(2)]
    assert [(each["kind"], each["id"], each["status"]) for each in told] == [
        ("file", path, None), ("file", path, "settled"),
    ]  # fmt: skip


async def test_streams_end_when_the_server_does(engine: Engine) -> None:
    key = (engine.settings.home / "key").read_text().strip()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=20) as client:
        async with serving(create_app(engine), bind("127.0.0.1", 0), engine.feed.close) as url:
            client.base_url = httpx.URL(url)
            opened = client.stream("GET", "/api/v1/live")
            answer = await opened.__aenter__()
            found = frames(answer)
            assert (await soon(found))["event"] == "ready"
        assert [each async for each in found] == []
        await opened.__aexit__(None, None, None)


async def test_a_stream_ends_when_its_key_is_revoked_and_no_other_does(
    server: httpx.AsyncClient, engine: Engine
) -> None:
    """Told by the very commit that revokes it, so on every process."""
    made, key = await keys.made(engine, SYSTEM, "watcher", ("read",), None)
    async with stream(server) as other, stream(server, authorization=f"Bearer {key}") as mine:
        await soon(mine)
        await soon(other)
        await keys.revoked(engine, SYSTEM, made)
        assert [each["event"] async for each in mine if each["event"] != "change"] == []
        event = await put(engine)
        await until(other, "event", event)


async def test_a_stream_ends_at_the_sign_out(server: httpx.AsyncClient, engine: Engine) -> None:
    _, user = await member(engine, "viewer")
    token = await sessions.opened(engine, user.id)
    cookie = {"cookie": f"treadle_session={token}", "x-csrf-token": csrf_token(token)}
    del server.headers["authorization"]
    async with stream(server, **cookie) as mine:
        await soon(mine)
        assert (await server.delete("/api/v1/session", headers=cookie)).status_code == 204
        assert [each["event"] async for each in mine if each["event"] != "change"] == []


async def test_a_stream_ends_with_a_key_that_runs_out(
    server: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No commit tells of that: the stream asks again as often as it gives a sign of life."""
    monkeypatch.setattr(route, "BEAT", 0.05)
    soon_over = datetime.now(UTC) + timedelta(seconds=1)
    _, key = await keys.made(engine, SYSTEM, "watcher", ("read",), soon_over)
    async with stream(server, authorization=f"Bearer {key}") as mine, asyncio.timeout(20):
        assert [each["event"] async for each in mine if each["event"] != "change"] == ["ready"]
