"""Starting the parts in one process and one loop: engine, API, worker. Used by `up`, `demo` and `serve`.

Owns the order: what is started last is stopped first, so the API takes nothing that the worker could not finish, and
the database goes last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from treadle.api.app import create_app
from treadle.api.server import bind, serving
from treadle.cli.patience import database_there
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.logs import configure
from treadle.runtime.roster import Roster
from treadle.runtime.settings import Settings
from treadle.runtime.stuck import leave


class Launched(msgspec.Struct, frozen=True):
    """What runs: the engine, and the address of its API."""

    engine: Engine
    url: str


@asynccontextmanager
async def launched(
    here: Settings, stop: asyncio.Event, *, host: str, port: int, worker: bool, migrate: bool
) -> AsyncIterator[Launched]:
    """The engine with its API and, if wanted, a worker, until the block ends. `stop` is set when the worker ends.

    The port is bound first: a taken port is known before a database is started. One that is away is waited for.
    """
    listener = bind(host, port)
    async with AsyncExitStack() as stack:
        stack.callback(listener.close)
        await database_there(here, stop, listener)
        engine = await stack.enter_async_context(open_engine(here, migrate=migrate))
        configure(here, engine.redactor)
        url = await stack.enter_async_context(serving(create_app(engine), listener, engine.installation.part))
        if worker:
            await stack.enter_async_context(_working(engine, stop))
        yield Launched(engine, url)


@asynccontextmanager
async def _working(engine: Engine, stop: asyncio.Event) -> AsyncIterator[None]:
    over = asyncio.Event()
    task = asyncio.create_task(Roster(engine, on_stuck=leave).run(over), name="worker")
    task.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        over.set()
        await task
