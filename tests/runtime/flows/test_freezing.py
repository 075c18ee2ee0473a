"""A real worker that is frozen at the worst moment: its call leaves after another worker sent it, and that is told."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import graphs as g
import pytest
from aiohttp import web

pytestmark = pytest.mark.slow
FREEZING = Path(__file__).parent / "freezing.py"


def stands_still(process):
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


async def test_a_call_that_left_after_its_lease_was_over_is_told(shop, settings):
    shipped, looks, loop = [], [], asyncio.get_running_loop()

    async def ship(seen, _):
        shipped.append(seen.data["mark"])
        return web.json_response({"id": 1})

    async def find(seen, _):
        looks.append(loop.time())
        return web.json_response({"id": 1}, status=200 if shipped else 404)

    shop.sink.answers |= {"POST /shipments": ship, "GET /shipments": find}
    await shop.publish(g.rule("r", g.call("s1", "ship", order=1, effect="checkable", timeout=0.5)))
    await shop.placed(1)
    args = [settings.home, settings.database_url, settings.encryption_keys, settings.allow_hosts]
    frozen = await asyncio.create_subprocess_exec(sys.executable, str(FREEZING), *map(str, args))
    try:
        await shop.until(lambda: stands_still(frozen), within=20)
        assert shipped == []
        async with shop.working():
            (run,) = await shop.ended(1, within=20)
            assert (run.status, len(shipped), len(looks)) == ("done", 1, 2)
            assert looks[1] - looks[0] >= 0.5
            frozen.send_signal(signal.SIGCONT)

            async def told():
                steps = await shop.engine.store.steps(run.id)
                return [step for step in steps if step.what == "sent twice"]

            (note,) = await shop.until(told, within=20)
    finally:
        frozen.kill()
        await frozen.wait()
    assert len(shipped) == 2
    assert len(set(shipped)) == 1
    assert (note.state, note.error.code) == ("failed", "sent_twice")
    assert "done twice" in note.error.message
    assert (await shop.engine.store.run(run.id)).status == "done"
