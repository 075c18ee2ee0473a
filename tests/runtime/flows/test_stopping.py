"""SIGTERM to real processes with an effect in flight: it is finished, nothing new is begun, and all is given back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest
from acme import plugin
from aiohttp import web

from treadle.cli.children import PATIENCE
from treadle.runtime.host import PluginHost
from treadle.runtime.pacing import Timing

COMMANDS = {"work": ("work", "--port", "0", "--host", "127.0.0.1"), "up": ("up", "--port", "0")}
RULE = """use http

rule "Posts"
  when by hand (order: int)
  do
    http.post(url: "{url}/orders/{{order}}", json: {{}})
    http.post(url: "{url}/after/{{order}}", json: {{}})
"""


@pytest.fixture
def host() -> PluginHost:
    return PluginHost.of([plugin, PluginHost.load(only={"http"}).plugins["http"]])


@pytest.fixture
async def shop(shop):
    compiled = await shop.engine.publish({"a.rule": RULE.format(url=shop.sink.url)})
    assert not compiled.errors, compiled.errors
    return shop


async def service(settings, command):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "DATABASE_"))}
    given = {
        "DATABASE_URL": settings.database_url,
        "ENCRYPTION_KEYS": settings.encryption_keys,
        "TREADLE_ALLOW_HOSTS": settings.allow_hosts,
        "TREADLE_HOME": str(settings.home),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "treadle", *COMMANDS[command], env=kept | given, stdout=asyncio.subprocess.DEVNULL
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
async def test_what_is_in_flight_is_finished_and_nothing_is_begun(shop, settings, command):
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slowly(seen, before):
        asked.set()
        await answer.wait()
        return web.json_response({})

    shop.sink.answers["POST /orders/1"] = slowly
    first = await shop.engine.start_by_hand("Posts", {"order": 1})
    process = await service(settings, command)
    await asyncio.wait_for(asked.wait(), 40)
    process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)  # the signal has arrived; were it slower, only what comes after would be begun
    second = await shop.engine.start_by_hand("Posts", {"order": 2})
    answer.set()
    assert await asyncio.wait_for(process.wait(), 40) == 0
    store = shop.engine.store
    assert await shop.history(await store.run(first)) == [("http.post", "done")] * 2
    assert await store.steps(second) == []
    load = await store.load()
    assert (load.due, load.claimed) == (1, 0)
    assert await store.silent(0.0) == []


STUBBORN = """
import asyncio
from treadle.cli.loop import stop_on_signals

async def main():
    stop = stop_on_signals()
    print("up", flush=True)
    await stop.wait()
    print("asked", flush=True)
    await asyncio.sleep(3600)

asyncio.run(main())
"""


async def test_a_second_signal_ends_it_at_once():
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STUBBORN, stdout=pipe)
    for line in (b"up\n", b"asked\n"):
        assert await process.stdout.readline() == line
        process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 20) == -signal.SIGTERM


def test_a_child_has_the_time_that_its_runs_are_given():
    assert Timing().grace + 5 <= PATIENCE
