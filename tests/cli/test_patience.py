"""Services that start before their database does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import pytest
from aiohttp import ClientSession

from treadle.api.server import address, bind
from treadle.cli.patience import database_there
from treadle.runtime.embedded import Embedded
from treadle.runtime.migrate import Unreachable
from treadle.runtime.settings import Settings
from treadle.runtime.vault import new_key


def here(home: Path, url: str) -> Settings:
    return Settings(home=home, database_url=url, encryption_keys=new_key())


async def asked(url: str) -> int:
    async with ClientSession() as session, session.get(url) as answer:
        return answer.status


async def test_a_postgres_that_is_stopped_is_waited_for_and_the_probes_say_so(
    short_folder: Path, tmp_path: Path, capsys: Any
) -> None:
    server = Embedded(short_folder / "late", root_base=short_folder / "late-root")
    server.start()
    url = server.url()
    server.stop()
    listener, stop = bind("127.0.0.1", 0), asyncio.Event()
    waiting = asyncio.create_task(database_there(here(tmp_path, url), stop, listener, patience=30.0))
    try:
        paths = ("/health/live", "/health/ready", "/api/v1/runs")
        assert [await asked(address(listener) + path) for path in paths] == [200, 503, 503]
        assert "It is waited for" in capsys.readouterr().err
        assert not waiting.done()
        await asyncio.to_thread(server.start)
        await asyncio.wait_for(waiting, 20)
        assert "The database is there." in capsys.readouterr().err
    finally:
        listener.close()
        server.stop()
        server.erase()


async def test_waiting_ends_with_a_sentence_or_with_the_signal(tmp_path: Path) -> None:
    settings = here(tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    listener, stop = bind("127.0.0.1", 0), asyncio.Event()
    with pytest.raises(Unreachable, match=r"The database cannot be reached: .*refused"):
        await database_there(settings, stop, listener, patience=0.0)
    stop.set()
    with pytest.raises(click.exceptions.Exit):
        await database_there(settings, stop, listener)
    listener.close()


async def test_a_name_that_is_wrong_is_told_at_once(tmp_path: Path, postgres: Any) -> None:
    listener, stop = bind("127.0.0.1", 0), asyncio.Event()
    with pytest.raises(Unreachable, match="does not exist"):
        await database_there(here(tmp_path, postgres.url("no_such_database")), stop, listener)
    listener.close()
