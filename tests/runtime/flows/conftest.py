"""What the tests of the flows share: a shop, which is an engine on a database of its own with a service beside it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the helper modules beside this file

import msgspec
import pytest
from acme import plugin
from sink import Sink

from treadle.dsl.graph import Graph
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Publication, RunFilter, RunRow
from treadle.runtime.settings import Settings
from treadle.runtime.vault import new_key
from treadle.runtime.worker import Timing, Worker

QUICK = Timing(lease=1.6, renew=0.4, poll=0.1, beat=0.2, grace=2.0)


class Shop:
    """An engine with one connection `shop` to a service, and short ways to say what a test wants."""

    def __init__(self, engine: Engine, sink: Sink, hook: str) -> None:
        self.engine = engine
        self.sink = sink
        self.secret = hook.split("/")[3]

    async def publish(self, *graphs: Graph) -> None:
        store = self.engine.store
        encoded = {graph.version(): msgspec.json.encode(graph) for graph in graphs}
        await store.publish(Publication(id=new_id(), created_at=await store.now(), sources={}, graphs=encoded))
        await self.engine.live.refresh()

    async def deliver(self, *items: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        body = msgspec.json.encode(items)
        return await self.engine.receive("shop", self.secret, headers or {"content-type": "application/json"}, body)

    async def placed(self, id: int = 1, **more: Any) -> Any:
        return (await self.deliver({"kind": "placed", "id": id, "total": 2000, **more})).events[0]

    @asynccontextmanager
    async def working(self, timing: Timing = QUICK) -> AsyncIterator[Worker]:
        stop, worker = asyncio.Event(), Worker(self.engine, timing=timing)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield worker
        finally:
            stop.set()
            await task

    async def runs(self, **wanted: Any) -> list[RunRow]:
        return await self.engine.store.runs(RunFilter(**wanted))

    async def until(self, seen: Callable[[], Any], within: float = 8.0) -> Any:
        """Waits until `seen` (or what it awaits) answers something true."""
        async with asyncio.timeout(within):
            while True:
                found = seen()
                found = await found if asyncio.iscoroutine(found) else found
                if found:
                    return found
                await asyncio.sleep(0.01)

    async def ended(self, count: int = 1, *, within: float = 8.0, **wanted: Any) -> list[RunRow]:
        """The runs, once so many of them rest for good or for a person."""

        async def look() -> list[RunRow]:
            rows = await self.runs(**wanted)
            over = [row for row in rows if row.status in ("done", "failed", "stopped", "suppressed", "unknown")]
            return over if len(over) >= count else []

        return await self.until(look, within)

    async def history(self, run: RunRow) -> list[tuple[str, str]]:
        return [(step.what, step.state) for step in await self.engine.store.steps(run.id)]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
def settings(postgres: Any, tmp_path: Path, sink: Sink) -> Any:
    name = postgres.lent()
    yield Settings(
        home=tmp_path,
        database_url=postgres.url(name),
        encryption_keys=new_key(),
        allow_hosts=f"127.0.0.1:{sink.port}",
    )
    postgres.give_back(name)


@pytest.fixture
def host() -> PluginHost:
    """The plugins of the shop."""
    return PluginHost.of([plugin])


@pytest.fixture
async def shop(settings: Settings, sink: Sink, host: PluginHost) -> AsyncIterator[Shop]:
    async with open_engine(settings, host=host) as engine:
        view = await engine.connections.add("acme", "shop", {"base_url": sink.url, "key": "a-very-secret-key"})
        yield Shop(engine, sink, view.hook_url)
        assert await engine.store.unattended() == {}
