"""Waiting for a database that is away when a service starts: servers come up in any order after a power cut.

Owns how long, and what is said meanwhile. Wrong passwords and names are nothing that waiting mends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

import click

from treadle.api.waiting import answering_meanwhile
from treadle.runtime import production
from treadle.runtime.clock import steady
from treadle.runtime.migrate import Unreachable, reach
from treadle.runtime.settings import Settings

PATIENCE = 60.0
"""Seconds; then the service ends with a sentence, and who manages it decides."""
_LOOK = 1.0
_REMIND = 15.0
_PASSING = ("starting up", "shutting down", "recovery mode", "too many", "connection slots")
"""What a server says that refuses us for now; whatever else it says itself, it will say again."""


async def database_there(
    here: Settings, stop: asyncio.Event, listener: socket.socket, *, patience: float = PATIENCE
) -> None:
    """Returns once the database of DATABASE_URL can be reached. Requests to `listener` are told so meanwhile. Raises
    `Unreachable`, `SettingsError` for settings that nothing mends, and `click.exceptions.Exit` when `stop` is set.
    """
    production.require(here)
    if not here.database_url or (away := await _away(here.database_url)) is None:
        return
    end = steady() + patience
    async with answering_meanwhile(listener):
        told = float("-inf")
        while away is not None:
            if steady() >= end or _final(away):
                raise away
            if steady() >= told + _REMIND:
                told = steady()
                click.echo(f"{str(away).rstrip('.')}. It is waited for, {end - told:.0f} seconds at most.", err=True)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _LOOK)
            if stop.is_set():
                raise click.exceptions.Exit(0)
            away = await _away(here.database_url)
    click.echo("The database is there.", err=True)


async def _away(url: str) -> Unreachable | None:
    try:
        await asyncio.to_thread(reach, url)
    except Unreachable as away:
        return away
    return None


def _final(away: Unreachable) -> bool:
    said = str(away)
    return "FATAL:" in said and not any(each in said for each in _PASSING)
