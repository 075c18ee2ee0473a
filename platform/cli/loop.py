"""The event loop of a command: uvloop when it is there, and an end that a signal asks for."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

ORPHAN_LOOK = 0.5
"""Seconds between looks at who our parent is."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end; for commands that ask something and print it."""
    _collect()
    return asyncio.run(main)


def run_service(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the fastest loop there is; for commands that stay up."""
    _collect()
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return asyncio.run(main) if sys.platform == "win32" else uvloop.run(main)


def _collect() -> None:
    """Collect garbage from now on, and never look at what was loaded until now."""
    gc.freeze()
    gc.enable()


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set. A second signal ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ask, number)
    return stop


def stop_when_orphaned(stop: asyncio.Event) -> None:
    """Set `stop` when whoever started us is gone: `make` that was killed cannot pass the signal on."""
    parent, loop = os.getppid(), asyncio.get_running_loop()

    def look() -> None:
        if os.getppid() != parent:
            stop.set()
        else:
            loop.call_later(ORPHAN_LOOK, look)

    look()
