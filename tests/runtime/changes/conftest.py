"""A workspace of its own for every test, and another one beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.runtime.store.conftest import own_workspace

from treadle.runtime.changes.reading import ChangeReader
from treadle.runtime.store.postgres import PostgresStore


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[PostgresStore]:
    """A store over a workspace that nothing else uses."""
    async with own_workspace(database_url) as opened:
        yield opened


@pytest.fixture
def reader(store: PostgresStore) -> ChangeReader:
    """The changes of that workspace."""
    return ChangeReader(store._pool, store.workspace_id)
