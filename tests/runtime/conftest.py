"""A store for worlds whose clock jumps: in memory, and the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.runtime.clocked import clocked, give_clock

from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.virtual import StoreOn


@pytest.fixture(scope="module")
def clocked_url(database_url: str) -> str:
    """The module's database, with a clock that can be told the time."""
    give_clock(database_url)
    return database_url


@pytest.fixture(params=["memory", "postgres"])
async def store_on(request: pytest.FixtureRequest) -> AsyncIterator[StoreOn]:
    """Makes stores of either kind."""
    if request.param == "memory":
        yield MemoryStore
    else:
        async with clocked(request.getfixturevalue("clocked_url")) as made:
            yield made
