"""`treadle serve`: the API alone, for production; workers run elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from treadle.runtime.settings import Settings


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="8080, or PORT; 0 takes any free one.")
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")
def serve(port: int | None, host: str) -> None:
    """The API alone. Takes deliveries also while no worker runs; nothing is lost meanwhile."""
    from treadle.cli.environment import port_of, settings
    from treadle.cli.loop import run_service

    here = settings()
    run_service(_serve(here, host, port_of(here, port)))


async def _serve(here: Settings, host: str, port: int) -> None:
    from treadle.cli.environment import announced
    from treadle.cli.launch import launched
    from treadle.cli.loop import stop_on_signals

    stop = stop_on_signals()
    async with launched(here, stop, host=host, port=port, worker=False, migrate=False) as up:
        with announced(up.url, here.home):
            click.echo(f"Treadle API at {up.url}")
            await stop.wait()
