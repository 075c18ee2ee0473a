"""Both stores are given the same random life of some runs, and have to answer alike at every step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import psycopg
import pytest
from tests.runtime.store.conftest import VirtualClock
from tests.runtime.store.living import Life

from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.store.postgres import PostgresStore

SEEDS, STEPS = 12, 75

_TIMES = {
    "live_runs": "due_at",
    "approvals": "until",
    "once_keys": "expires_at",
    "windows": "expires_at",
    "window_uses": "used_at",
    "steps": "started_at",
}


@pytest.fixture
def passes(database_url: str, postgres_store: PostgresStore) -> Callable[[float], Awaitable[None]]:
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
    seed: int, postgres_store: PostgresStore, clock: VirtualClock, passes: Callable[[float], Awaitable[None]]
) -> None:
    processes = (postgres_store, PostgresStore(postgres_store._pool, postgres_store.workspace_id))
    memory = MemoryStore(clock, postgres_store.workspace_id)
    life = Life(seed, memory, processes.__getitem__, clock, passes)
    for step in range(STEPS):
        await life.one_step()
        if step % 12 == 11:
            await life.compare()
