"""A worker process for tests that kill it: `python mortal.py HOME URL KEYS ALLOW [CRASH POINT]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from acme import plugin

from treadle.runtime.crashpoints import arm
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.settings import Settings
from treadle.runtime.stuck import leave
from treadle.runtime.worker import Timing, Worker


async def main(home: str, url: str, keys: str, allow: str, crash: str | None = None) -> None:
    settings = Settings(home=Path(home), database_url=url, encryption_keys=keys, allow_hosts=allow)
    async with open_engine(settings, host=PluginHost.of([plugin])) as engine:
        arm(crash)
        timing = Timing(lease=1.6, renew=0.4, poll=0.1, beat=0.3, stuck=3.0)
        await Worker(engine, timing=timing, on_stuck=leave).run(asyncio.Event())


asyncio.run(main(*sys.argv[1:]))
