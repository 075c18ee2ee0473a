"""Child processes that are kept alive: started, started again with growing pauses, and ended with us.

Each child reads our pipe as its standard input. Whatever ends this process, also a kill, closes the pipe, and the child
stops by itself; so no child outlives its parent.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import click

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
HEALTHY = 60.0
"""Seconds after which a child that ends counts as a first fault again."""
PATIENCE = 35.0
"""Seconds that a child gets to finish before it is killed: the grace of its runs in flight, and some to give back."""


async def keep(arguments: list[str], stop: asyncio.Event) -> None:
    """Run `treadle ARGUMENTS` again and again until `stop`; then let it finish."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        began = time.monotonic()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "treadle", *arguments, stdin=PIPE, start_new_session=True
        )
        if await _ended(child, stop):
            return
        pause = FIRST_PAUSE if time.monotonic() - began > HEALTHY else pause
        click.echo(f"worker process {child.pid} ended with {child.returncode}; again in {pause:g} s", err=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def _ended(child: Process, stop: asyncio.Event) -> bool:
    """Wait for the child or for `stop`; True when it was asked to stop."""
    done, asked = asyncio.ensure_future(child.wait()), asyncio.ensure_future(stop.wait())
    await asyncio.wait({done, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not stop.is_set():
        return False
    assert child.stdin is not None
    child.stdin.close()
    try:
        await asyncio.wait_for(done, PATIENCE)
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return True


def stop_with_parent(stop: asyncio.Event) -> None:
    """In a child: set `stop` when the parent's end of the pipe closes. Nobody is left to kill a child that hangs then,
    so it ends by itself when its time is over.
    """
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            stop.set()
            last = threading.Timer(PATIENCE, os._exit, (1,))
            last.daemon = True
            last.start()

    loop.add_reader(0, readable)
