"""A worker process that freezes once, between the last look at its lease and the first byte: as `mortal.py`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from acme import plugin

from treadle.runtime import call
from treadle.runtime.engine import open_engine
from treadle.runtime.host import PluginHost
from treadle.runtime.lease import Lease
from treadle.runtime.settings import Settings
from treadle.runtime.worker import Timing, Worker

frozen = False


def looked(lease: Lease, *, look=call._still_ours) -> None:
    """Called with nothing awaited between it and the first byte."""
    global frozen
    look(lease)
    if not frozen:
        frozen = True
        os.kill(os.getpid(), signal.SIGSTOP)


async def main(home: str, url: str, keys: str, allow: str) -> None:
    settings = Settings(home=Path(home), database_url=url, encryption_keys=keys, allow_hosts=allow)
    call._still_ours = looked
    async with open_engine(settings, host=PluginHost.of([plugin])) as engine:
        await Worker(engine, timing=Timing(lease=1.6, renew=0.4, poll=0.1, beat=0.3)).run(asyncio.Event())


asyncio.run(main(*sys.argv[1:]))
