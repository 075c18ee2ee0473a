"""Both stores, each with a workspace of its own for every test, and a way to let time pass on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from treadle.runtime.database import make_pool
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Store
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.postgres import PostgresStore

PassTime = Callable[[float], Awaitable[None]]


class VirtualClock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    async def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> VirtualClock:
    """The memory store's time."""
    return VirtualClock()


@asynccontextmanager
async def own_workspace(database_url: str) -> AsyncIterator[PostgresStore]:
    """A store over a workspace that nothing else uses."""
    workspace = new_id()
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("insert into treadle.workspaces (workspace_id, name) values (%s, 'test')", [workspace])
    async with make_pool(database_url, "treadle", workspace, min_size=1, max_size=6) as pool:
        yield PostgresStore(pool, workspace)


@pytest.fixture
async def postgres_store(database_url: str) -> AsyncIterator[PostgresStore]:
    """The real one."""
    async with own_workspace(database_url) as store:
        yield store


@pytest.fixture(params=["memory", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which of the two."""
    return str(request.param)


@pytest.fixture
async def store(kind: str, clock: VirtualClock, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """The store under test."""
    if kind == "memory":
        yield MemoryStore(clock)
    else:
        async with own_workspace(request.getfixturevalue("database_url")) as opened:
            yield opened


@pytest.fixture
def pass_time(kind: str, clock: VirtualClock) -> PassTime:
    """Lets so many seconds of the store's time pass; keep them few, Postgres has a real clock."""
    return clock.advance if kind == "memory" else asyncio.sleep
