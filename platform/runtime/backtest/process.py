"""Starts the process of a backtest and hears of its end. Owns that one which dies without a word is written down."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import TYPE_CHECKING

from treadle.runtime.backtest.child import order_of
from treadle.runtime.backtest.jobs import Backtest, Jobs
from treadle.runtime.ports import Fault, StoreDown

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

_DIED = Fault("process_ended", "its process ended before it was done, perhaps for want of memory; try a shorter span")

_watching: set[asyncio.Task[None]] = set()


async def start_process(engine: Engine, jobs: Jobs, job: Backtest) -> None:
    """Begin to carry the backtest out. Returns at once; the process ends with this one."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "treadle.runtime.backtest.child", stdin=PIPE, start_new_session=True
    )
    assert process.stdin is not None, "a pipe"
    with suppress(OSError):
        process.stdin.write(order_of(engine.settings, job.id))
        await process.stdin.drain()
    task = asyncio.create_task(_watched(process, jobs, job), name=f"backtest {job.id}")
    _watching.add(task)
    task.add_done_callback(_watching.discard)


async def _watched(process: Process, jobs: Jobs, job: Backtest) -> None:
    try:
        await process.wait()
    finally:
        if process.stdin is not None:
            process.stdin.close()
    with suppress(StoreDown):
        await jobs.end(job, "failed", fault=_DIED)
