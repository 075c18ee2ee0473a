from __future__ import annotations

import asyncio
import contextlib

import graphs as g
import pytest
from acme import plugin
from chaos.valkey import Valkey
from conftest import QUICK, Shop
from msgspec.structs import replace

from treadle.runtime.bell import Bell, open_bell
from treadle.runtime.database import open_database
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost

SLEEPY = replace(QUICK, poll=60.0)


@pytest.fixture(params=["postgres", "redis"])
def belled(request, settings):
    """Settings with the queue on either of its two stores."""
    if request.param == "postgres":
        return settings
    return replace(settings, redis_url=request.getfixturevalue("redis_url"), queue_name=settings.home.name)


async def test_a_ring_of_one_process_wakes_a_worker_in_another(belled):
    async with (
        open_database(belled) as database,
        open_bell(belled, database) as here,
        open_bell(belled, database) as there,
    ):
        woken = asyncio.Event()
        async with there.answering(woken.set):
            await asyncio.sleep(0.3)
            here.ring()
            await asyncio.wait_for(woken.wait(), 0.4)
        assert here.ok


async def test_a_hint_alone_wakes_a_worker_in_another_process(belled):
    async with (
        open_database(belled) as database,
        open_bell(belled, database) as here,
        open_bell(belled, database) as there,
    ):
        woken = asyncio.Event()
        async with there.answering(woken.set):
            for _ in range(20):  # the line takes a moment to stand
                await here._hints.send()
                await asyncio.sleep(0.05)
            assert woken.is_set()


async def test_rings_without_anybody_to_hear_do_not_pile_up(belled):
    async with open_database(belled) as database, open_bell(belled, database) as bell:
        for _ in range(100):
            bell.ring()
            await asyncio.sleep(0.002)
        await bell.close()
        assert await bell._queue.count("queued") == 1
        woken = asyncio.Event()
        async with bell.answering(woken.set):
            await asyncio.wait_for(woken.wait(), 3)
            await asyncio.sleep(0.2)
        assert await bell._queue.count("incomplete") == 0


async def test_rings_wanted_back_to_back_become_few():
    sent = []

    class Queue:
        async def enqueue(self, function, **given):
            sent.append(given)

        async def job(self, key):
            return None

    class Line:
        said = 0

        async def send(self):
            self.said += 1

    line = Line()
    bell = Bell(Queue(), line, "redis", 5)
    end = asyncio.get_running_loop().time() + 0.5
    while asyncio.get_running_loop().time() < end:
        bell.ring()
        await asyncio.sleep(0.001)
    await bell.close()
    assert 1 <= len(sent) <= 2
    assert 20 <= line.said <= 130
    assert all(given["timeout"] and given["retries"] and given["ttl"] for given in sent)
    assert len({given["key"] for given in sent}) == len(sent)


@contextlib.contextmanager
def restarted(valkey):
    valkey.stop()
    yield
    valkey.start()


@contextlib.contextmanager
def emptied(valkey):
    valkey.empty()
    yield


@contextlib.contextmanager
def ordered(valkey, wrong, right):
    valkey.order(*wrong)
    yield
    valkey.order(*right)


BREAKS = {
    "flushed": emptied,
    "restarted": restarted,
    "read-only": lambda each: ordered(each, ("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    "full": lambda each: ordered(each, ("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
async def test_a_queue_that_broke_rings_again(settings, short_folder, broken):
    folder = short_folder / f"valkey-{settings.home.name}"
    folder.mkdir()
    valkey = Valkey(folder)
    valkey.start()
    belled = replace(settings, redis_url=valkey.url)
    async with (
        open_database(belled) as database,
        open_bell(belled, database) as here,
        open_bell(belled, database) as there,
    ):
        woken = asyncio.Event()
        async with there.answering(woken.set):
            await asyncio.wait_for(heard(here, woken), 5)
            with broken(valkey):
                here.ring()
                await asyncio.sleep(0.6)
            woken.clear()
            await asyncio.wait_for(heard(here, woken), 5)
    valkey.stop()


async def heard(bell, woken):
    """Until a ring went through, was taken, and woke somebody."""
    while not (woken.is_set() and bell.ok and await taken(bell)):
        bell.ring()
        await asyncio.sleep(0.05)


async def taken(bell):
    with contextlib.suppress(Exception):
        return await bell._queue.count("queued") == 0
    return False


async def test_a_ring_that_a_dead_worker_took_is_swept_away(belled):
    async with open_database(belled) as database, open_bell(belled, database) as bell:
        queue = bell._queue
        await queue.enqueue("drain", key="taken", timeout=1, retries=1)
        ring = await queue.dequeue(1)
        await ring.update(status="active", started=1, attempts=1)
        await asyncio.wait_for(queue.sweep(lock=1, abort=0.3), 3)
        assert await queue.count("incomplete") == 0
        assert not getattr(queue, "_pubsub", None) or queue._pubsub._daemon_task is None, "see `RingQueue.listen`"


async def test_a_queue_that_is_down_fails_nobody_and_work_is_found_anyway(settings, sink):
    down = replace(settings, redis_url="redis://127.0.0.1:1")
    async with open_engine(down, host=PluginHost.of([plugin])) as engine:
        view = await engine.connections.add("acme", "shop", {"base_url": sink.url, "key": "a-very-secret-key"})
        shop = Shop(engine, sink, view.hook_url)
        await shop.publish(g.rule("r", g.log("s1", "x")))
        async with shop.working():
            await shop.placed()
            (row,) = await shop.ended(1)
            health = await engine.health()
    assert row.status == "done"
    assert (health.status, health.queue.kind, health.queue.ok) == ("degraded", "redis", False)


async def test_a_run_of_another_process_is_driven_for_its_ring_alone(belled, sink):
    """Nobody looks by themselves for a minute: on either queue the ring wakes the worker."""
    allowed, host = replace(belled, allow_hosts=f"127.0.0.1:{sink.port}"), PluginHost.of([plugin])
    async with open_engine(allowed, host=host) as here:
        view = await here.connections.add("acme", "shop", {"base_url": sink.url, "key": "a-very-secret-key"})
        shop = Shop(here, sink, view.hook_url)
        await shop.publish(g.rule("r", g.call("s1", "tag", order=1, tag="x")))
        async with open_engine(allowed, host=host) as there, Shop(there, sink, view.hook_url).working(SLEEPY):
            await asyncio.sleep(0.3)
            await shop.placed()
            (row,) = await shop.ended(1)
    assert (row.status, len(sink.writes())) == ("done", 1)
