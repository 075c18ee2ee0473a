"""The rate of a connection, through whole engines."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import psycopg
from acme import Acme
from aiohttp import web
from sink import Sink

from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.settings import Settings
from treadle.sdk import Plugin


class Busy(Acme, kind="acme", rate="3/s"):
    """A shop that takes no more than this."""


async def called(settings: Settings, sink: Sink, kind: type[Acme], times: int) -> list[float]:
    """When the calls of two engines arrived, each calling so many times at once."""
    arrivals = []

    async def answer(*_: Any) -> web.StreamResponse:
        arrivals.append(time.monotonic())
        return web.json_response({"name": "shop"})

    sink.answers["GET /me"] = answer
    host = PluginHost.of([Plugin("acme", connections=[kind])])
    async with AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(open_engine(settings, host=host)) for _ in range(2)]
        await engines[0].connections.add("acme", "shop", {"base_url": sink.url, "key": "a-very-secret-key"})
        await asyncio.gather(*(engine.connections.test("shop") for engine in engines for _ in range(times)))
    return sorted(arrivals)


def rows(settings: Settings) -> int:
    with psycopg.connect(settings.database_url or "") as connection:
        found = connection.execute("select count(*) from treadle.connection_rates").fetchone()
    assert found is not None
    return int(found[0])


async def test_two_engines_keep_one_rate(settings: Settings, sink: Sink) -> None:
    arrivals = await called(settings, sink, Busy, 3)
    assert len(arrivals) == 6
    assert arrivals[3] - arrivals[0] >= 0.9
    assert rows(settings) == 1


async def test_a_connection_without_a_rate_asks_for_no_places(settings: Settings, sink: Sink) -> None:
    arrivals = await called(settings, sink, Acme, 3)
    assert len(arrivals) == 6
    assert rows(settings) == 0
