"""The proxy in front of a real server: what it forwards, and what a cut leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from chaos.proxy import PORT, Proxy
from tests.conftest import Postgres


@pytest.fixture
async def cutting(postgres: Postgres, short_folder: Path) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy, and the address of a fresh database through it."""
    folder = short_folder / "proxy"
    folder.mkdir(exist_ok=True)
    name = postgres.fresh()
    async with Proxy(folder, postgres.server.places.sockets / f".s.PGSQL.{PORT}") as proxy:
        yield proxy, proxy.url.replace("///postgres", f"///{name}")
    (folder / f".s.PGSQL.{PORT}").unlink(missing_ok=True)
    postgres.drop(name)


async def numbers(url: str) -> list[int]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute("select n from numbers order by n")).fetchall()
    return [n for (n,) in rows]


async def insert_and_commit(connection: psycopg.AsyncConnection, n: int) -> None:
    await connection.execute("insert into numbers values (%s)", [n])
    await connection.commit()


@pytest.mark.parametrize("autocommit", [True, False], ids=["statement", "transaction"])
async def test_what_was_cut_is_committed_and_its_client_does_not_know(cutting, autocommit):
    proxy, url = cutting
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        connection.prepare_threshold = 0
        await connection.execute("create table numbers (n int)")
        for n in range(3):
            await connection.execute("insert into numbers values (%s)", [n])
        proxy.cut(1)
        await connection.execute("select count(*) from numbers")
        await connection.set_autocommit(autocommit)
        with pytest.raises(psycopg.OperationalError):
            await insert_and_commit(connection, 3)
    ((_, statement),) = proxy.cuts
    assert statement == "insert into numbers values ($1)"
    assert await numbers(url) == [0, 1, 2, 3]


async def test_only_so_many_are_cut_over_all_connections(cutting):
    proxy, url = cutting
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("create table numbers (n int)")
    proxy.cut(2)

    async def insert(n: int) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute("insert into numbers values (%s)", [n])
                return True
        return False

    assert sorted(await asyncio.gather(*(insert(n) for n in range(5)))) == [False, False, True, True, True]
    assert await numbers(url) == [0, 1, 2, 3, 4]


async def test_without_a_server_a_client_is_sent_away(short_folder):
    folder = short_folder / "away"
    folder.mkdir()
    async with Proxy(folder, folder / "nobody") as proxy:
        with pytest.raises(psycopg.OperationalError):
            await psycopg.AsyncConnection.connect(proxy.url, connect_timeout=5)
