"""`treadle up`: everything in one process and one loop."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    from treadle.cli.launch import Launched
    from treadle.runtime.settings import Settings


class Wanted(msgspec.Struct, frozen=True):
    """What `up` was asked to start."""

    rules: Path | None
    host: str
    port: int
    simulate: str | None
    simulator_port: int


@click.command()
@click.option("--rules", type=click.Path(path_type=Path, file_okay=False, exists=True), help="Publish and watch them.")
@click.option("--port", type=click.IntRange(0, 65535), help="8080, or PORT; 0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Where data lie; TREADLE_HOME, .treadle."
)
@click.option("--simulate", metavar="PLUGIN", help="Start the plugin's simulator too, and connect to it.")
@click.option("--simulator-port", default=8090, show_default=True, type=click.IntRange(0, 65535))
def up(data: Path | None, port: int | None, **wanted: Any) -> None:
    """Everything in one process: database, API, worker. Ends cleanly on Ctrl-C."""
    from treadle.cli.environment import port_of, settings
    from treadle.cli.loading import load, prepare
    from treadle.cli.loop import run_service

    here = settings(home=data)
    if here.database_url is None:
        load(lambda: prepare(here.home))
    run_service(_up(here, Wanted(port=port_of(here, port), **wanted)))


async def _up(here: Settings, wanted: Wanted) -> None:
    from treadle.cli.beside import beside, connect, let_through
    from treadle.cli.environment import announced
    from treadle.cli.launch import launched
    from treadle.cli.loop import stop_on_signals
    from treadle.cli.watch import Folder
    from treadle.cli.within import engine_of

    stop = stop_on_signals()
    async with AsyncExitStack() as stack:
        service = None
        if wanted.simulate:
            service = await stack.enter_async_context(beside(wanted.simulate, port=wanted.simulator_port))
            here = let_through(here, service)
        parts = launched(here, stop, host=wanted.host, port=wanted.port, worker=True, migrate=True)
        up = await stack.enter_async_context(parts)
        stack.enter_context(announced(up.url, here.home))
        inside = await engine_of(up.engine, here.workspace)
        if service:
            made = await connect(inside, service)
            click.echo(f"simulated {service.plugin} at {service.url}, connected as {made.name}")
        _say(up, here, wanted)
        await (Folder(wanted.rules, inside).watch(stop) if wanted.rules else stop.wait())
        click.echo("ending")


def _say(up: Launched, here: Settings, wanted: Wanted) -> None:
    database = "embedded Postgres" if up.engine.database.embedded else "Postgres of DATABASE_URL"
    queue = "Redis" if here.redis_url else "the same Postgres"
    click.echo(f"Treadle at {up.url}  (docs {up.url}/api/docs)")
    click.echo(f"running: API, worker, {database}, queue on {queue}; data in {here.home}, key in {here.home / 'key'}")
    if wanted.rules is None and any(Path("rules").glob("**/*.rule")):
        click.echo("the files in rules are not looked at; `treadle up --rules rules` publishes and watches them")
