"""`treadle doctor`: how this installation is, without a secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from treadle.cli.output import json_option, print_json

if TYPE_CHECKING:
    from treadle.runtime.settings import Settings


@click.command()
@json_option
def doctor(as_json: bool) -> None:  # noqa: FBT001 - click calls it by name
    """Settings (never a secret), versions, plugins, and whether database and queue answer."""
    from treadle.cli.environment import settings
    from treadle.cli.loop import run

    here = settings()
    found = {"settings": dict(here.shown()), "versions": _versions(), "plugins": _plugins(), **run(_health(here))}
    if as_json:
        print_json(found)
    else:
        _print(found)
    if found["health"] is None or not found["health"]["database"]:
        raise click.exceptions.Exit(3)
    if any(plugin["error"] for plugin in found["plugins"]):
        raise click.exceptions.Exit(1)


async def _health(here: Settings) -> dict[str, Any]:
    """How the platform says it is, and why it says nothing."""
    from treadle.cli.client import open_api
    from treadle.cli.faults import sentence

    try:
        async with open_api(here) as api:
            return {"server": api.url if api.remote else None, "health": await api.health(), "error": None}
    except Exception as failure:
        return {"server": here.url, "health": None, "error": sentence(failure)}


def _versions() -> dict[str, str]:
    import platform
    from importlib.metadata import version

    parts = ("treadle", "litestar", "saq", "psycopg", "uvicorn")
    return {"python": platform.python_version(), **{name: version(name) for name in parts}}


def _plugins() -> list[dict[str, str | None]]:
    from treadle.runtime.host import PluginHost

    return [{"name": one.name, "version": one.version, "error": one.error} for one in PluginHost.load().reports]


def _print(found: dict[str, Any]) -> None:
    for name, value in found["settings"].items():
        click.echo(f"{name:20} {value}")
    click.echo("versions             " + ", ".join(f"{name} {value}" for name, value in found["versions"].items()))
    for plugin in found["plugins"]:
        click.echo(f"plugin {plugin['name']:13} {plugin['version']}  {plugin['error'] or 'fine'}")
    click.echo(f"server               {found['server'] or 'none runs here'}")
    if found["health"] is None:
        click.echo(f"platform             {found['error']}")
        return
    health = found["health"]
    queue, workers = health["queue"], health["workers"]
    click.echo(f"status               {health['status']}")
    click.echo(f"database             {'answers' if health['database'] else 'does not answer'}")
    click.echo(f"queue                {queue['kind']}, {'answers' if queue['ok'] else 'does not answer'}")
    click.echo(f"work                 {health['due']} due, the oldest for {health['oldest_due_s']:.1f} s")
    for worker in workers:
        click.echo(
            f"worker {worker['name']:13} {worker['claimed']} runs in hand, last progress {worker['progress_at']}"
        )
    click.echo(f"tzdata               {health['tzdata']}")
