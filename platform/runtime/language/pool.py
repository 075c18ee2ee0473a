"""The language processes of an API process: which one a workspace's questions go to, how many may wait, and how long.

Owns queues and patience. Nothing starts before the first question.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import structlog

from treadle.dsl.catalogue import PluginSpec
from treadle.runtime.language.base import Base, Bases
from treadle.runtime.language.messages import Answer, Declined, Order
from treadle.runtime.language.process import LanguageProcess, Lost
from treadle.runtime.language.told import Told

MOST_WAITING = 32
"""Questions that wait for one process; the next ones are refused."""
PATIENCE = 5.0
"""Seconds after which whoever asked gets an answer, whatever it is."""
HANGS, HANGS_COLD = 15.0, 60.0
"""Seconds without an answer after which a process is replaced; the second when it reads a workspace anew."""
IDLE = 900.0
"""Seconds without a question after which a process ends, to be started again by the next."""


class LanguageBusy(Exception):
    """There is no answer in time. It will be there when the same is asked again a little later, perhaps."""


class LanguageFull(Exception):
    """Too many questions wait already."""


class TooMuch(Exception):
    """The question takes more time or memory than one may."""


class NotAnswered(Exception):
    """The question has no answer; `told` is the problem."""

    def __init__(self, told: Declined) -> None:
        super().__init__(told.detail)
        self.told = told


class LanguageFailed(Exception):
    """A fault of ours; the message is for the log."""


class _Job(msgspec.Struct, frozen=True):
    workspace: UUID
    verb: str
    body: bytes
    base: Base
    done: asyncio.Future[Answer]


class _Lane:
    """One process with its queue. It is started when there is something to ask and ended when there is not."""

    def __init__(self, plugins: dict[str, PluginSpec]) -> None:
        self._plugins = plugins
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(MOST_WAITING)
        self._process: LanguageProcess | None = None
        self._told = Told(plugins)
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the process, when there is one."""
        return self._process.pid if self._process is not None else None

    async def ask(self, job: _Job) -> Answer:
        """Raises `LanguageFull`, and `Lost` when the process was lost over this very question."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve(), name="language")
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise LanguageFull from None
        return await job.done

    async def close(self) -> None:
        """End the process."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self._end()

    async def _serve(self) -> None:
        while True:
            try:
                job = await asyncio.wait_for(self._jobs.get(), IDLE)
            except TimeoutError:
                await self._end()
                continue
            if not job.done.done():
                await self._answer(job)

    async def _answer(self, job: _Job) -> None:
        try:
            answer = await self._exchange(job)
        except Exception as failure:
            structlog.get_logger("treadle.language").warning("process_replaced", reason=str(failure))
            await self._end()
            if not job.done.done():
                job.done.set_exception(failure)
            return
        if not job.done.done():
            job.done.set_result(answer)
        self._told.keep(answer.held)
        if answer.tired:
            await self._end()

    async def _exchange(self, job: _Job) -> Answer:
        if self._process is None:
            self._process = await LanguageProcess.start()
        news = await self._told.news(job.workspace, job.base)
        order = Order(workspace=job.workspace, base=job.base.revision, verb=job.verb, body=job.body, news=news)
        return await self._process.ask(order, HANGS_COLD if news is not None and news.anew else HANGS)

    async def _end(self) -> None:
        process, self._process, self._told = self._process, None, Told(self._plugins)
        if process is not None:
            await process.end()


class LanguagePool:
    """Answers questions about the language. `size` is the number of processes, each with workspaces of its own; one
    processor is left to others.
    """

    def __init__(self, plugins: dict[str, PluginSpec], size: int = 1) -> None:
        spare = max(1, (os.cpu_count() or 1) - 1)
        self.bases = Bases()
        self._lanes = [_Lane(plugins) for _ in range(min(size, spare))]

    async def ask(self, workspace: UUID, verb: str, asked: Any, base: Base, *, patience: float = PATIENCE) -> bytes:
        """The answer as JSON, which is waited for so many seconds. Raises `LanguageBusy`, `LanguageFull`, `TooMuch`,
        `NotAnswered` and `LanguageFailed`.
        """
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        job = _Job(workspace, verb, msgspec.msgpack.encode(asked), base, done)
        try:
            async with asyncio.timeout(patience):
                answer = await self._lanes[workspace.int % len(self._lanes)].ask(job)
        except (TimeoutError, Lost):
            raise LanguageBusy from None
        match answer.outcome:
            case "done":
                return answer.body
            case "declined":
                raise NotAnswered(msgspec.json.decode(answer.body, type=Declined))
            case "too_much":
                raise TooMuch
        raise LanguageFailed(f"{verb}: {answer.body.decode(errors='replace')}")

    def processes(self) -> list[int]:
        """The numbers of those that run."""
        return [lane.pid for lane in self._lanes if lane.pid is not None]

    async def close(self) -> None:
        """End all processes."""
        for lane in self._lanes:
            await lane.close()
