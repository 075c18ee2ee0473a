"""A small world for the plugin: a context over the stand-in, a clock that only moves when told, a webhook receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from treadle.sdk import Accepted, ActionFailed, Answer, Choice, Delivery, InDoubt, Secret
from treadle_kommo import plugin
from treadle_kommo.connection import Kommo
from treadle_kommo.simulator import create_app, settings
from treadle_kommo.simulator.app import KommoApp
from treadle_kommo.triggers import TRIGGERS

BASE = "https://acme.kommo.test"
START = 1_763_900_000


class Clock:
    """The time, in Unix seconds, for the stand-in and for the plugin."""

    def __init__(self) -> None:
        self.seconds = float(START)

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Http:
    """`ctx.http` over the stand-in in this process."""

    def __init__(self, app: KommoApp, connection: Kommo, effect_id: str) -> None:
        self.app, self.connection, self.effect_id = app, connection, effect_id

    async def send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        params: Sequence[tuple[str, str]] | None = None,
        accept: Sequence[int] = (),
        **_: Any,
    ) -> Answer:
        headers = {**self.connection.authorize(), "treadle-effect-id": self.effect_id}
        content = None if json is None else msgspec.json.Encoder(decimal_format="number").encode(json)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=BASE)
        async with client:
            try:
                got = await client.request(method, url, content=content, params=params, headers=headers)
            except AssertionError:  # the transport's word for an answer that was cut off
                raise InDoubt("the connection was lost", code="connection_lost") from None
        answer = Answer(got.status_code, dict(got.headers), got.content)
        if answer.status < 400 or answer.status in accept:
            return answer
        failure = InDoubt if answer.status == 429 or answer.status >= 500 else ActionFailed
        raise failure(f"status {answer.status}", code="status", status=answer.status)


class Store:
    """`ctx.store` in memory."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    async def get(self, key: str) -> Any:
        return self.values.get(key)

    async def put(self, key: str, value: Any, *, ttl: float | None = None) -> None:
        assert ttl is not None, f"{key} would stay for ever"
        self.values[key] = value

    async def swap(self, key: str, expected: Any, value: Any) -> bool:
        fits = self.values.get(key) == expected
        if fits:
            self.values[key] = value
        return fits


class Directory:
    """`ctx.catalogue` over one look-up."""

    def __init__(self, choices: Mapping[str, Sequence[Choice]]) -> None:
        self.choices = choices

    async def find(self, kind: str, name: str, *, within: str | None = None) -> Choice:
        there = [each for each in self.choices[kind] if within in (None, each.within)]
        found = [each for each in there if each.id == name] or [each for each in there if each.name == name]
        if len(found) != 1:
            raise ActionFailed(f"{kind}: {len(found)} are called {name!r}")
        return found[0]

    async def all(self, kind: str) -> Sequence[Choice]:
        return self.choices[kind]


class Ctx:
    """One call's view. `versions` are what `wrote` was told."""

    def __init__(self, world: World, effect_id: str) -> None:
        self.connection = world.connection
        self.effect_id = effect_id
        self.http = Http(world.app, world.connection, effect_id)
        self.store = world.store
        self.clock = world.clock
        self.catalogue = Directory(world.choices)
        self.versions: list[str] = []

    def wrote(self, version: str) -> None:
        self.versions.append(version)


class World:
    """The stand-in, a connection to it and what outlives a call."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.app = create_app(BASE, self.clock)
        self.sim = self.app.simulation
        self.sim.per_second = None
        given: dict[str, Any] = {**settings(BASE), "access_token": Secret(settings(BASE)["access_token"])}
        self.connection = msgspec.convert(given, Kommo, strict=False, dec_hook=lambda _, value: value)
        self.store = Store()
        self.choices: Mapping[str, Sequence[Choice]] = {}
        self.effects = 0

    def ctx(self, effect_id: str | None = None) -> Ctx:
        self.effects += 1
        return Ctx(self, effect_id or f"effect-{self.effects}")

    async def do(self, action: str, *, ctx: Ctx | None = None, **arguments: Any) -> Any:
        """Call an action of the plugin."""
        return await plugin.actions[action].call(ctx or self.ctx(), **arguments)

    async def look_up(self, action: str, *, ctx: Ctx, **arguments: Any) -> Any:
        """Ask what became of an earlier call."""
        lookup = plugin.actions[action].lookup
        assert lookup is not None
        return await lookup(ctx, **arguments)

    async def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request of another program."""
        headers = {**self.connection.authorize(), **more.pop("headers", {})}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=BASE) as client:
            return await client.request(method, path, headers=headers, **more)

    def paths(self, method: str) -> list[str]:
        """What was asked of the stand-in with that method."""
        return [seen.path for seen in self.sim.seen if seen.method == method]


@pytest.fixture
async def world() -> World:
    """A stand-in at its seed, looked up once, with no rate limit and an empty record."""
    made = World()
    made.choices = await made.connection.look_up(made.ctx())
    made.sim.seen.clear()
    made.sim.recent.clear()
    return made


@pytest.fixture
def receive() -> Callable[..., Accepted[Any]]:
    """Reads a body as the connection does; `receive(body, user_id=...)`."""

    def read(body: bytes, **fields: Any) -> Any:
        connection = Kommo(base_url=BASE, access_token=Secret("t"), **fields)
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        delivery = Delivery(
            connection=connection, headers=headers, body=body, received_at=datetime.fromtimestamp(START, UTC)
        )
        return connection.receive(delivery, TRIGGERS)

    return read


class Receiver:
    """Takes webhooks and answers 202, or not at all."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[dict[str, str], bytes]] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(b'HTTP/1.1 202 Accepted\r\ncontent-length: 14\r\n\r\n{"accepted":1}')
        await writer.drain()
        writer.close()

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.requests]


@asynccontextmanager
async def _listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http://127.0.0.1:{port}/hooks/kommo-main/secret"
    async with server:
        yield receiver


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Somebody who receives webhooks on a port of its own."""
    async with _listening() as made:
        yield made
