"""`treadle demo`: the platform beside a simulated service, and two deliveries sent through it. `make run` calls it.

Each demo begins with an empty folder of its own (TREADLE_HOME/demo), so that the very same deliveries are new again.
The rule files are those that a person has lying there: they are read, what is saved goes live, and nothing is written.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

if TYPE_CHECKING:
    import asyncio

    from treadle.cli.show import Show
    from treadle.runtime.settings import Settings

DELIVERIES = ("lead_add", "lead_add_big")


class Wanted(msgspec.Struct, frozen=True):
    """What the demo was asked to show."""

    plugins: tuple[str, ...]
    rules: Path
    once: bool
    port: int
    deliver: tuple[str, ...]


@click.command()
@click.option("--plugin", "plugins", required=True, multiple=True, help="Whose simulator to use; the first delivers.")
@click.option("--rules", default="rules", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--once", is_flag=True, help="End after the run; status 0 only if the service really got every effect.")
@click.option("--port", type=click.IntRange(0, 65535), help="8080, or PORT; 0 takes any free one.")
@click.option("--deliver", multiple=True, default=DELIVERIES, show_default=True, help="What the simulator sends.")
def demo(port: int | None, **wanted: Any) -> None:
    """Start everything beside a simulated service, let it deliver, and show what the rules did."""
    from treadle.cli.environment import port_of, settings
    from treadle.cli.loading import empty, load
    from treadle.cli.loop import run_service

    main = settings(database_url=None, redis_url=None)
    home = _home(main)
    load(lambda: empty(home))
    run_service(_demo(main, home, Wanted(port=port_of(main, port), **wanted)))


async def _demo(main: Settings, home: Path, wanted: Wanted) -> None:
    from treadle.cli.beside import beside, connect, let_through
    from treadle.cli.client import api_at
    from treadle.cli.environment import announced, key
    from treadle.cli.launch import launched
    from treadle.cli.loop import stop_on_signals, stop_when_orphaned
    from treadle.cli.show import Show
    from treadle.cli.watch import Folder

    stop = stop_on_signals()
    stop_when_orphaned(stop)
    click.echo(f"Starting: embedded Postgres, API, worker, and a simulated {' and '.join(wanted.plugins)}.")
    async with AsyncExitStack() as stack:
        here = msgspec.structs.replace(main, home=home)
        services = [await stack.enter_async_context(beside(plugin, port=0)) for plugin in wanted.plugins]
        for each in services:
            here = let_through(here, each)
        parts = launched(here, stop, host="127.0.0.1", port=wanted.port, worker=True, migrate=True)
        up = await stack.enter_async_context(parts)
        stack.enter_context(announced(up.url, here.home, at=main.home))
        connections = [await connect(up.engine, each) for each in services]
        service, connection = services[0], connections[0]
        folder = Folder(wanted.rules, up.engine, writes=False)
        await folder.look()
        api = await stack.enter_async_context(api_at(up.url, key(here)))
        declared = up.engine.host.specs[service.plugin].actions
        writes = {f"{service.plugin}.{name}" for name, action in declared.items() if not action.reads}
        show = Show(api, service, hook=f"{up.url}{connection.hook_url}", writes=writes)
        await _shown(show, wanted, stop)
        if not wanted.once:
            show.invite(here)
            await folder.watch(stop)


async def _shown(show: Show, wanted: Wanted, stop: asyncio.Event) -> None:
    """Every delivery in turn, and at the end whether the service got what the runs say. Raises `WorldFailed`."""
    for name in wanted.deliver:
        if not stop.is_set():
            await show.deliver(name)
    await show.prove()


def _home(main: Settings) -> Path:
    """The demo's folder. Raises `WorldFailed` while another demo uses it."""
    from treadle.cli.environment import running
    from treadle.cli.faults import WorldFailed

    home = main.home / "demo"
    if (other := running(main.home)) and other.home == str(home):
        raise WorldFailed(f"A demo is running already at {other.url} (process {other.pid}).")
    return home
