"""Load while workers are killed and frozen and the database dies, and then the books are checked.

An acceptor in this process, two workers and a Postgres of their own, a service that notes every effect. `CHAOS_SECONDS`
makes it longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import graphs as g
import msgspec
import psycopg
import pytest
from acme import plugin
from aiohttp import web
from conftest import Shop
from mortals import mortal
from sink import Sink

from treadle.runtime.embedded import Embedded
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.migrate import migrate
from treadle.runtime.ports import StoreDown
from treadle.runtime.settings import Settings
from treadle.runtime.vault import new_key

pytestmark = pytest.mark.slow
SECONDS = float(os.environ.get("CHAOS_SECONDS", "16"))
RATE = 60  # orders a second, of three runs each
RULES = (
    g.rule("again", g.call("s1", "tag", order=g.field("id"), tag="gold")),
    g.rule("once", g.call("s1", "remark", order=g.field("id"), text="hi", effect="blind")),
    g.rule("asked", g.call("s1", "ship", order=g.field("id"), effect="checkable", timeout=2.0)),
)


class Service(Sink):
    """Counts effects by rule and order; a shipment that has its mark is known afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.effects: dict[str, Counter[int]] = {"again": Counter(), "once": Counter(), "asked": Counter()}
        self.shipped: set[str] = set()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read() or b"null")
        parts = request.path.split("/")
        if request.method == "GET":
            return web.json_response({"id": 1}, status=200 if parts[2] in self.shipped else 404)
        await asyncio.sleep(0.01 * random.random())
        if request.method == "PUT":
            self.effects["again"][int(parts[2])] += 1
        elif parts[1] == "orders":
            self.effects["once"][int(parts[2])] += 1
        else:
            self.shipped.add(body["mark"])
            self.effects["asked"][body["order"]] += 1
        await asyncio.sleep(0.01 * random.random())
        return web.json_response({"id": 7})


class Worker:
    """A worker process that is started again when it was killed."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._log = log

    async def start(self) -> None:
        self.process = await mortal(self._settings, output=self._log)

    async def heal(self) -> None:
        """As whoever supervises it: one that found no database when it started ends, and is started again."""
        if self.process.returncode is not None:
            await self.start()

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def freeze(self, seconds: float) -> None:
        self.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


class Site:
    """What the test plays on. `acknowledged` are the ids of events that were taken, with their order."""

    def __init__(self, shop: Shop, server: Embedded, workers: list[Worker]) -> None:
        self.shop = shop
        self.server = server
        self.workers = workers
        self.acknowledged: dict[str, int] = {}
        self.kills = 0

    async def send(self, until: float) -> None:
        order, loop = 0, asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while loop.time() < until:
                order += 1
                group.create_task(self._order(order))
                await asyncio.sleep(1 / RATE)

    async def _order(self, order: int) -> None:
        """As a sender does: again and again until it is taken."""
        while True:
            try:
                event = await self.shop.placed(order)
            except StoreDown:
                await asyncio.sleep(0.2)
                continue
            self.acknowledged[str(event)] = order
            return

    async def disturb(self, until: float) -> None:
        loop, turn = asyncio.get_running_loop(), 0
        while loop.time() < until:
            await asyncio.sleep(2.0 + random.random())
            turn += 1
            for worker in self.workers:
                await worker.heal()
            worker = self.workers[turn % 2]
            if turn % 4 == 3:
                await worker.freeze(2.5)
            elif turn % 4 == 2:
                await self.kill_database()
            else:
                self.kills += 1
                await worker.kill()
                await worker.start()

    async def kill_database(self) -> None:
        pid = int((self.server.places.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGKILL)
        await self.shop.until(lambda: self.server.role == "stopped")
        await asyncio.to_thread(self.server.start)

    def ask(self, statement: str) -> list[tuple]:
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            connection.execute("set search_path to treadle")
            return connection.execute(statement.encode()).fetchall()


@pytest.fixture
async def site(short_folder: Path, tmp_path: Path) -> AsyncIterator[Site]:
    server = Embedded(short_folder / "chaos", root_base=short_folder / "chaosroot")
    await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(migrate, server.url(), login=True)
        async with Service() as service:
            settings = Settings(
                home=tmp_path,
                database_url=server.url(),
                encryption_keys=new_key(),
                allow_hosts=f"127.0.0.1:{service.port}",
            )
            workers = [Worker(settings, tmp_path / f"worker{number}.log") for number in range(2)]
            async with open_engine(settings, host=PluginHost.of([plugin])) as engine:
                view = await engine.connections.add(
                    "acme", "shop", {"base_url": service.url, "key": "a-very-secret-key"}
                )
                shop = Shop(engine, service, view.hook_url)
                await shop.publish(*RULES)
                for worker in workers:
                    await worker.start()
                try:
                    yield Site(shop, server, workers)
                finally:
                    for worker in workers:
                        await worker.kill()
    finally:
        await asyncio.to_thread(server.stop)


FATES = """
    select runs.id, runs.event_id::text, runs.rule, coalesce(ended.outcome, live.status), ended.error_code
    from runs left join run_ends as ended on ended.run_id = runs.id left join live_runs as live on live.run_id = runs.id
"""
STEPS = """
    select steps.run_id, coalesce(outcome.state, steps.state), outcome.error_code
    from steps left join step_outcomes as outcome on outcome.run_id = steps.run_id and outcome.step_id = steps.id
    where steps.effect is not null
"""


async def test_nothing_is_lost_and_nothing_is_done_twice_under_kills(site):
    until = asyncio.get_running_loop().time() + SECONDS
    async with asyncio.TaskGroup() as group:
        group.create_task(site.send(until))
        group.create_task(site.disturb(until))
    drained = asyncio.get_running_loop().time()

    async def settled() -> bool:
        for worker in site.workers:
            await worker.heal()
        ((left,),) = site.ask("select count(*) from live_runs where status <> 'unknown'")
        return left == 0

    with contextlib.suppress(TimeoutError):
        await site.shop.until(settled, within=45.0)
    drained = asyncio.get_running_loop().time() - drained

    fates = site.ask(FATES)
    steps = site.ask(STEPS)
    rules = Counter((event, rule) for _, event, rule, _, _ in fates)
    statuses = Counter((rule, status, code) for _, _, rule, status, code in fates)
    print(f"{len(site.acknowledged)} orders, {site.kills} kills, drained in {drained:.1f} s: {dict(statuses)}")
    print("steps:", dict(Counter((state, code) for _, state, code in steps)))

    assert set(rules.values()) == {1}
    assert {event for event, _ in rules} >= site.acknowledged.keys()
    assert len(rules) == 3 * len({event for event, _ in rules})
    assert {status for _, status, _ in statuses} <= {"done", "unknown"}, statuses
    effects, doubted = site.shop.sink.effects, Counter()
    for _, event, rule, status, _ in fates:
        order = site.acknowledged[event]
        if status == "done":
            assert effects[rule][order] >= 1
        else:
            assert rule == "once"
            doubted[rule] += 1
        if rule != "again":
            assert effects[rule][order] <= 1, f"{rule} of order {order} was done {effects[rule][order]} times"
    assert doubted["once"] <= 40 * site.kills
    assert len(Counter(run for run, _, _ in steps)) == len(steps)
