"""`treadle work`: workers alone, for production; the API runs elsewhere."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import asyncio

    from treadle.runtime.engine import Engine
    from treadle.runtime.settings import Settings

DEFAULT_PORT = 8081
"""For /health when PORT is not set: beside 8080 of the API, should both run on one machine."""


@click.command()
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="How many.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Where /health answers: 8081, or PORT; 0 takes any free one."
)
@click.option("--host", default="0.0.0.0", show_default=True, help="The address /health listens on.")
@click.option("--workspace", metavar="SLUG", help="Work for this workspace alone, instead of all.")
@click.option("--child", metavar="NAME", hidden=True)
@click.option("--figures", type=click.Path(path_type=Path, file_okay=False), hidden=True)
def work(
    processes: int, port: int | None, host: str, workspace: str | None, child: str | None, figures: Path | None
) -> None:
    """Work on due runs of all workspaces. As many as wanted on as many machines as wanted; none of them is special."""
    from treadle.cli.environment import settings
    from treadle.cli.loop import run_service

    here = settings()
    alone = workspace or here.workspace
    if child:
        run_service(_child(here, child, alone, figures))
        return
    if port is None:
        port = DEFAULT_PORT if here.port is None else here.port
    run_service(_group(here, processes, host, port, alone))


async def _child(here: Settings, name: str, workspace: str | None, figures: Path | None) -> None:
    import asyncio

    from treadle.cli.children import stop_with_parent
    from treadle.cli.loop import stop_on_signals
    from treadle.runtime.engine import open_engine
    from treadle.runtime.logs import configure
    from treadle.runtime.scraping import keep_writing
    from treadle.runtime.tasks import ended

    stop = stop_on_signals()
    stop_with_parent(stop)
    async with open_engine(here) as engine:
        configure(here, engine.redactor)
        writing = [asyncio.create_task(keep_writing(figures, name))] if figures else []
        await _working(engine, name, workspace, stop)
        await ended(*writing)


async def _group(here: Settings, processes: int, host: str, port: int, workspace: str | None) -> None:
    from treadle.api.server import bind, serving
    from treadle.api.workers import create_worker_app
    from treadle.cli.loop import stop_on_signals
    from treadle.cli.patience import database_there
    from treadle.runtime.engine import open_engine
    from treadle.runtime.logs import configure

    stop = stop_on_signals()
    names = [f"{socket.gethostname()}-{os.getpid()}-{number}" for number in range(1, processes + 1)]
    listener = bind(host, port)
    await database_there(here, stop, listener)
    with TemporaryDirectory(prefix="treadle-figures-") as made:
        folder = Path(made)
        async with open_engine(here) as engine, serving(create_worker_app(engine, names, folder), listener) as url:
            configure(here, engine.redactor)
            click.echo(f"{processes} worker process{'es' if processes > 1 else ''}; health at {url}/health")
            await _run(engine, names, workspace, stop, folder)


async def _run(engine: Engine, names: list[str], workspace: str | None, stop: asyncio.Event, folder: Path) -> None:
    """One worker in this process, or each in a process of its own, until `stop`."""
    import asyncio

    from treadle.cli.children import keep

    if len(names) == 1:
        await _working(engine, names[0], workspace, stop)
        return
    alone = ["--workspace", workspace] if workspace else []
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(keep(["work", "--child", name, "--figures", str(folder), *alone], stop))


async def _working(engine: Engine, name: str, workspace: str | None, stop: asyncio.Event) -> None:
    """Work for one workspace, or for all, until `stop`."""
    from treadle.cli.within import engine_of
    from treadle.runtime.roster import Roster
    from treadle.runtime.stuck import leave
    from treadle.runtime.worker import Worker

    if workspace is None:
        await Roster(engine, name, on_stuck=leave).run(stop)
    else:
        await Worker(await engine_of(engine, workspace), name, on_stuck=leave).run(stop)
