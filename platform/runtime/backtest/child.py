"""A process of its own for one backtest: `python -m treadle.runtime.backtest.child`, its order on standard input.

It ends when its standard input does, which whoever started it holds open: so it never outlives the API or the command.
It opens the platform like everybody, reads history, sends nothing, and says every second how far it is.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import structlog

from treadle.runtime.backtest.jobs import Backtest, Jobs
from treadle.runtime.backtest.postgrespast import PostgresPast
from treadle.runtime.backtest.preparing import CannotPrepare, prepared
from treadle.runtime.backtest.replaying import CannotReplay, Progress, backtest
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.logs import configure
from treadle.runtime.ports import Fault, StoreDown
from treadle.runtime.settings import Settings
from treadle.runtime.tasks import ended

_BEAT = 1.0
_NICE = 10
_ROOM = 4 * 1024**3  # bytes of addresses; what it holds is far less, unless rules make it hold everything
_FAILED = Fault("unexpected", "the fault is ours and lies in the log")


class Order(msgspec.Struct, frozen=True):
    """Which backtest of which workspace, and the settings of the installation as plain data."""

    job: UUID
    workspace: UUID
    settings: dict[str, Any]


def order_of(settings: Settings, workspace: UUID, job: UUID) -> bytes:
    """An order as one line."""
    plain = msgspec.structs.asdict(settings) | {"home": str(settings.home)}
    return msgspec.json.encode(Order(job, workspace, plain)) + b"\n"


def main() -> None:
    """Read the order and carry it out."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    settings = Settings(**(order.settings | {"home": Path(order.settings["home"])}))
    with suppress(asyncio.CancelledError):
        asyncio.run(_until_left(_carry_out(settings, order)))


async def _until_left(work: Any) -> None:
    """The work, ended when the parent is gone."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def readable() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            task.cancel()

    loop.add_reader(0, readable)
    await task


async def _carry_out(settings: Settings, order: Order) -> None:
    async with open_engine(settings) as main:
        configure(settings, main.redactor)
        engine = await main.installation.opened(order.workspace)
        if engine is None:
            return
        jobs = Jobs(engine.database.pool, engine.store.workspace_id)
        job = await jobs.one(order.job)
        if job is not None and job.state == "running":
            await _Working(engine, jobs, job).run()


class _Working:
    def __init__(self, engine: Engine, jobs: Jobs, job: Backtest) -> None:
        self._engine = engine
        self._jobs = jobs
        self._job = job
        self._progress: Progress | None = None
        self._unwanted = False

    async def run(self) -> None:
        """To its end, whatever that is; cancelled from outside, it was interrupted."""
        work = asyncio.ensure_future(self._work())
        beats = asyncio.create_task(self._beats(work))
        try:
            await self._end(result=await work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.shield(self._jobs.end(self._job, "cancelled" if self._unwanted else "interrupted"))
        except CannotPrepare as cannot:
            await self._jobs.end(self._job, "failed", fault=cannot.fault, diagnostics=cannot.diagnostics)
        except CannotReplay as cannot:
            await self._jobs.end(self._job, "failed", fault=Fault("endless", str(cannot)))
        except StoreDown:
            return  # nobody can be told; it is found silent
        except Exception as error:
            structlog.get_logger("treadle.backtest").error("backtest_failed", exc_info=error)
            await self._jobs.end(self._job, "failed", fault=_FAILED)
        finally:
            await ended(beats)

    async def _work(self) -> Backtested:
        plan = await prepared(self._engine, self._job, await self._jobs.files(self._job.id))
        past = PostgresPast(self._engine.database.pool, self._engine.store.workspace_id)
        return await backtest(plan, past, self._tell)

    def _tell(self, progress: Progress) -> None:
        self._progress = progress

    async def _beats(self, work: asyncio.Future[Backtested]) -> None:
        while True:
            events = self._progress.events if self._progress else 0
            with suppress(StoreDown):
                if not await self._jobs.beat(self._job, events, self._progress.at if self._progress else None):
                    self._unwanted = True
                    work.cancel()
            await asyncio.sleep(_BEAT)

    async def _end(self, result: Backtested) -> None:
        clean = self._engine.redactor.text(msgspec.json.encode(result).decode())
        await self._jobs.end(self._job, "done", events=result.events, result=clean.encode())


if __name__ == "__main__":
    main()
