"""The calls of one run that are under way. Owns waiting for whichever answers first; one call alone needs no task."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection
from typing import Literal

from treadle.runtime.attempts import Answer, OpenCall
from treadle.runtime.tasks import ended

What = Literal["send", "look"]


class Flight:
    """`busy` are the threads that are acted for. Left with `land`, nothing goes on."""

    def __init__(self) -> None:
        self._next: list[tuple[OpenCall, What]] = []
        self._tasks: dict[asyncio.Task[Answer], tuple[OpenCall, What]] = {}
        self._answers: deque[tuple[OpenCall, What, Answer]] = deque()

    @property
    def flying(self) -> bool:
        """Whether any call is planned, under way or answered."""
        return bool(self._next or self._tasks or self._answers)

    @property
    def busy(self) -> Collection[int]:
        """The threads of these calls."""
        if not self.flying:
            return ()
        waiting = {call.thread for call, _ in (*self._next, *self._tasks.values())}
        return waiting | {call.thread for call, _, _ in self._answers}

    def plan(self, call: OpenCall, what: What) -> None:
        """Do this next."""
        self._next.append((call, what))

    def drop(self) -> list[tuple[OpenCall, What]]:
        """What is planned and will not leave."""
        dropped, self._next = self._next, []
        return dropped

    def answer(self) -> tuple[OpenCall, What, Answer] | None:
        """An answer that nobody took yet."""
        return self._answers.popleft() if self._answers else None

    async def fly(self, within: float | None) -> None:
        """Let what is planned leave, and wait until something is answered, or for so many seconds."""
        if len(self._next) == 1 and not self._tasks and not self._answers and within is None:
            ((call, what),) = self._next
            self._answers.append((call, what, await call.act(what)))
            self._next = []
            return
        for call, what in self._next:
            self._tasks[asyncio.create_task(call.act(what))] = (call, what)
        self._next = []
        if self._answers:
            return
        done, _ = await asyncio.wait(self._tasks, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(done, key=lambda each: self._tasks[each][0].thread):
            call, what = self._tasks.pop(task)
            self._answers.append((call, what, task.result()))

    async def land(self) -> None:
        """Stop what is under way; its outcome stays open."""
        await ended(*self._tasks)
