"""`treadle simulate`: a local stand-in of a service, on its own."""

from __future__ import annotations

import shlex

import click

from treadle.cli.output import json_option, print_json


@click.command()
@click.argument("plugin")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@json_option
def simulate(plugin: str, port: int, host: str, as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Run the stand-in that PLUGIN brings, and print how to connect to it."""
    from treadle.cli.loop import run_service

    run_service(_simulate(plugin, host, port, as_json=as_json))


async def _simulate(plugin: str, host: str, port: int, *, as_json: bool) -> None:
    from treadle.cli.beside import beside
    from treadle.cli.loop import stop_on_signals

    stop = stop_on_signals()
    async with beside(plugin, host=host, port=port) as service:
        if as_json:
            told = {"url": service.url, "plugin": plugin, "fields": service.settings}
            print_json(told | {"deliveries": list(service.simulator.deliveries)})
        else:
            fields = " ".join(shlex.quote(f"{name}={value}") for name, value in service.settings.items())
            click.echo(f"simulated {plugin} at {service.url}")
            click.echo(f"let it through:  TREADLE_ALLOW_HOSTS={service.url.partition('//')[2]}")
            click.echo(f"connect to it:   treadle connections add {plugin} {fields}")
        await stop.wait()
