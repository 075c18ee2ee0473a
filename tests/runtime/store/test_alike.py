"""Both stores are given the same random life of some runs, and have to answer alike at every step.

The real one is also lived on by several at once, each with a life of its own; then what always holds is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from tests.runtime.store.conftest import VirtualClock
from tests.runtime.store.holding import broken
from tests.runtime.store.living import Ask, Life

from treadle.runtime.database import make_pool
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.postgres import PostgresStore

SEEDS, STEPS = 12, 75
CROWDS, LIVES, HASTE = 3, 4, 60

Passes = Callable[[float], Awaitable[None]]

_TIMES = {
    "live_runs": "due_at",
    "approvals": "until",
    "once_keys": "expires_at",
    "windows": "expires_at",
    "window_uses": "used_at",
    "steps": "started_at",
}


class Alone(Life):
    """A life on one store, with others on it."""

    async def both(self, ask: Ask) -> Any:
        return await ask(self._first)


@pytest.fixture
def passes(database_url: str, postgres_store: PostgresStore) -> Passes:
    """Lets the time of the real store pass: all that lies ahead or was counted is moved back."""

    async def move_back(seconds: float) -> None:
        with psycopg.connect(database_url, autocommit=True) as owner:
            for table, column in _TIMES.items():
                owner.execute(
                    f"update treadle.{table} set {column} = {column} - %s * interval '1 second' "
                    "where workspace_id = %s".encode(),
                    [seconds, postgres_store.workspace_id],
                )

    return move_back


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_both_stores_live_the_same_life(
    seed: int, postgres_store: PostgresStore, database_url: str, clock: VirtualClock, passes: Passes
) -> None:
    processes = (postgres_store, PostgresStore(postgres_store._pool, postgres_store.workspace_id))
    memory = MemoryStore(clock, postgres_store.workspace_id)
    life = Life(seed, memory, processes.__getitem__, clock, passes)
    for step in range(STEPS):
        await life.one_step()
        if step % 12 == 11:
            await life.compare()
    assert broken(database_url, postgres_store.workspace_id) == {}


@pytest.mark.parametrize("seed", range(CROWDS))
async def test_lives_at_the_same_time_break_nothing(
    seed: int, postgres_store: PostgresStore, database_url: str, clock: VirtualClock
) -> None:
    async def stands_still(_: float) -> None: ...

    async def live(number: int, store: PostgresStore) -> None:
        life = Alone(seed * LIVES + number, store, lambda _: store, clock, stands_still)
        for _ in range(HASTE):
            await life.one_step()

    async with make_pool(database_url, "treadle", postgres_store.workspace_id, min_size=2, max_size=6) as pool:
        stores = (postgres_store, PostgresStore(pool, postgres_store.workspace_id))
        await asyncio.gather(*(live(number, stores[number % 2]) for number in range(LIVES)))
    assert broken(database_url, postgres_store.workspace_id) == {}
