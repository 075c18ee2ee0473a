"""An event loop with made-up time, shared by processes that can be frozen and killed. Owns when which callback runs.

Each callback belongs to the process in whose context it was made. Within a process callbacks keep their order, as
asyncio promises; which process is next is the seed's choice. When nobody can go on, time jumps to the next timer.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import Handle, TimerHandle
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from random import Random
from typing import Any

from treadle.runtime.system import System, system

EPOCH = 1_767_600_000
"""Monday 2026-01-05, 08:00 UTC, where every play begins."""


class Machine(System):
    """What a process is told by the machine that it runs on. `skew`: seconds by which its wall clock is wrong."""

    def __init__(self, now: Callable[[], float], dice: Random) -> None:
        super().__init__()
        self._now = now
        self._dice = dice
        self._boot = dice.uniform(1e3, 1e6)
        self.skew = 0.0

    def wall(self) -> int:
        """See `System.wall`."""
        return int((EPOCH + self._now() + self.skew) * 1e9)

    def steady(self) -> float:
        """See `System.steady`."""
        return self._boot + self._now()

    def bits(self) -> int:
        """See `System.bits`."""
        return self._dice.getrandbits(64)


class Process:
    """One process. Dead, its callbacks never run again, not even to clean up; frozen, they wait.

    `beside` is the process whose life a thread shares; it stands still only when that one is frozen whole.
    """

    def __init__(self, name: str, machine: Machine, beside: Process | None = None) -> None:
        self.name = name
        self.machine = machine
        self.beside = beside
        self.alive = True
        self.frozen = 0
        self.ready: deque[Handle] = deque()
        self.context: Context = copy_context()
        self.context.run(owner.set, self)
        self.context.run(system.set, machine)


owner: ContextVar[Process] = ContextVar("owner")
"""The process that a callback belongs to."""


class Stuck(Exception):
    """Nobody can go on and nothing is awaited."""


class Loop(asyncio.BaseEventLoop):
    """`before` is called with the process whose callback is next; what it does to it counts at once. `world` is a
    process that nothing happens to; what belongs to nobody belongs to it.
    """

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._dice = dice
        self._present = 0.0
        self._processes: list[Process] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self.before: Callable[[Process], None] = lambda _: None
        self.world = self.process("world")

    def time(self) -> float:
        """Seconds since the play began."""
        return self._present

    def process(self, name: str, beside: Process | None = None) -> Process:
        """A new process; with `beside`, a thread of that one."""
        machine = beside.machine if beside else Machine(self.time, Random(self._dice.getrandbits(64)))
        made = Process(name, machine, beside)
        self._processes.append(made)
        return made

    def create_task(self, coro: Any, **more: Any) -> asyncio.Task[Any]:
        """It is not forgotten when its process dies, so that nothing of it is cleaned up before the play is over."""
        task: asyncio.Task[Any] = super().create_task(coro, **more)
        self._tasks.append(task)
        return task

    def clear(self) -> None:
        """Let go of what the killed left behind, without a word."""
        for task in self._tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            if not task.done():
                with suppress(BaseException):
                    task.get_coro().close()
        with suppress(RuntimeError):
            self.close()

    def spawn(self, process: Process, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run it in that process."""
        return self.create_task(coro, context=process.context)

    def kill(self, process: Process) -> None:
        """It and its threads are gone."""
        for each in self._whole(process):
            each.alive = False
            each.ready.clear()
            self._processes.remove(each)

    def freeze(self, process: Process, seconds: float, *, whole: bool = True) -> None:
        """It stands still for so long; not `whole`, its threads go on."""
        stopped = self._whole(process) if whole else [process]
        for each in stopped:
            each.frozen += 1
        self.call_later(seconds, self._thaw, stopped, context=self.world.context)

    def _thaw(self, stopped: list[Process]) -> None:
        for each in stopped:
            each.frozen -= 1

    def _whole(self, process: Process) -> list[Process]:
        return [each for each in self._processes if process in (each, each.beside)]

    # --- what asyncio asks of a loop ----------------------------------------------------------------------------------

    def _call_soon(self, callback: Any, args: Any, context: Context | None) -> Handle:
        handle = Handle(callback, args, self, context)
        self._put(handle)
        return handle

    def _put(self, handle: Handle) -> None:
        process = handle._context.get(owner, self.world)  # type: ignore[attr-defined]
        if process.alive:
            process.ready.append(handle)

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:  # type: ignore[override]
        """There are no threads."""
        return self._call_soon(callback, args, context)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """What would be done in a thread is done at once."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _timers(self) -> None:
        scheduled: list[TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0].when() <= self._present:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]
            if not timer.cancelled():
                self._put(timer)

    def _run_once(self) -> None:
        self._timers()
        able = [each for each in self._processes if each.ready and not each.frozen]
        if not able:
            scheduled: list[TimerHandle] = self._scheduled  # type: ignore[attr-defined]
            if not scheduled:
                raise Stuck
            self._present = max(self._present, scheduled[0].when())
            return
        process = able[0] if len(able) == 1 else able[self._dice.randrange(len(able))]
        self.before(process)
        if process.alive and not process.frozen:
            handle = process.ready.popleft()
            if not handle.cancelled():
                handle._run()
