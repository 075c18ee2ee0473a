"""Starts the process of a backtest and hears of its end. Owns that one which dies without a word is written down.

A thread waits for the process and holds the pipe that keeps it alive; so nothing has to be closed when we end.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from treadle.runtime.backtest.child import order_of
from treadle.runtime.backtest.jobs import Backtest, Jobs
from treadle.runtime.ports import Fault, StoreDown

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

_COMMAND = (sys.executable, "-P", "-m", "treadle.runtime.backtest.child")
_DIED = Fault("process_ended", "its process ended before it was done, perhaps for want of memory; try a shorter span")

_telling: set[asyncio.Task[None]] = set()


async def start_process(engine: Engine, jobs: Jobs, job: Backtest) -> None:
    """Begin to carry the backtest out. Returns at once; the process ends with this one."""
    loop, order = asyncio.get_running_loop(), order_of(engine.settings, engine.store.workspace_id, job.id)

    def ended() -> None:
        task = loop.create_task(_tell(jobs, job))
        _telling.add(task)
        task.add_done_callback(_telling.discard)

    def wait() -> None:
        with (
            suppress(OSError),
            subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, start_new_session=True) as process,
        ):
            assert process.stdin is not None, "a pipe"
            process.stdin.write(order)
            process.stdin.flush()
            process.wait()
        with suppress(RuntimeError):  # we ended before it
            loop.call_soon_threadsafe(ended)

    threading.Thread(target=wait, name=f"backtest {job.id}", daemon=True).start()


async def _tell(jobs: Jobs, job: Backtest) -> None:
    with suppress(StoreDown):
        await jobs.end(job, "failed", fault=_DIED)
