"""A simulated service beside the platform: started on an address of its own, let through the guard, connected to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import click
import msgspec

from treadle.api.server import address, bind, serving
from treadle.runtime.connections import ConnectionView
from treadle.runtime.engine import Engine
from treadle.runtime.host import PluginHost
from treadle.runtime.ports import NameTaken
from treadle.runtime.settings import Settings
from treadle.sdk.plugin import Simulator

PORT = 8090
"""Where a simulator listens unless told otherwise: the same one each time, so that a stored connection stays good."""


class Beside(msgspec.Struct, frozen=True):
    """A running simulator: whose it is, what it declares, and its base address."""

    plugin: str
    simulator: Simulator
    url: str

    @property
    def settings(self) -> dict[str, str]:
        """The fields of a connection to it."""
        return self.simulator.settings(self.url)


def simulator_of(plugin: str) -> Simulator:
    """The stand-in that an installed plugin brings. Raises `click.UsageError` when there is none."""
    host = PluginHost.load()
    found = host.plugins.get(plugin)
    if found is None or found.simulator is None:
        known = ", ".join(name for name, each in host.plugins.items() if each.simulator) or "none"
        raise click.UsageError(f"There is no simulator of {plugin!r}; there are: {known}.")
    return found.simulator


@asynccontextmanager
async def beside(plugin: str, *, host: str = "127.0.0.1", port: int = PORT) -> AsyncIterator[Beside]:
    """The simulator of `plugin` while the block runs."""
    simulator = simulator_of(plugin)
    listener = bind(host, port)
    async with serving(simulator.app(address(listener)), listener) as url:
        yield Beside(plugin, simulator, url)


def let_through(here: Settings, service: Beside) -> Settings:
    """The settings with the simulator's private address, and no other, opened to rules."""
    allowed = ",".join(filter(None, [here.allow_hosts, urlsplit(service.url).netloc]))
    return msgspec.structs.replace(here, allow_hosts=allowed)


async def connect(engine: Engine, service: Beside) -> ConnectionView:
    """A connection to the simulator, with its account looked up; the one from an earlier start is taken again."""
    try:
        made = await engine.connections.add(service.plugin, None, service.settings)
    except NameTaken:
        name = f"{service.plugin}-main"
        made = next(each for each in await engine.connections.list() if each.name == name)
    await engine.connections.look_up(made.name)
    return made
