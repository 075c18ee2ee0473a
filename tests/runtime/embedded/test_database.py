"""An open database on the embedded server: made at first use, watched, shared, refused clearly."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from tests.runtime.embedded.conftest import Run, postmaster

from treadle.runtime.database import open_database
from treadle.runtime.embedded import Embedded
from treadle.runtime.ids import DEFAULT_WORKSPACE
from treadle.runtime.migrate import MigrationError
from treadle.runtime.ports import Store, StoreDown
from treadle.runtime.settings import Settings


@pytest.fixture(autouse=True)
def _own_base(root_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadle.runtime.embedded.places.ROOT_BASE", root_base)


async def answers_within(store: Store, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            await store.now()
            return True
        except StoreDown:
            await asyncio.sleep(0.05)
    return False


async def test_it_is_made_and_migrated_and_stopped(home: Path, server: Embedded) -> None:
    for _ in range(2):
        async with open_database(Settings(home=home)) as database:
            assert database.embedded
            assert database.store.workspace_id == DEFAULT_WORKSPACE
            assert await database.store.live() is None
            assert "user=treadle_app" in database.url
        assert server.role == "stopped"


async def test_two_share_one_server(home: Path, server: Embedded) -> None:
    async with open_database(Settings(home=home)) as first:
        async with open_database(Settings(home=home)) as second:
            assert await second.store.has_keys() is await first.store.has_keys()
        assert await first.store.live() is None


async def test_a_killed_server_comes_back_by_itself(home: Path, server: Embedded) -> None:
    async with open_database(Settings(home=home)) as database:
        os.kill(postmaster(server), signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await answers_within(database.store, 15)


async def test_a_guest_goes_on_after_its_owner_was_killed(home: Path, own: Run, server: Embedded) -> None:
    owner = own("")
    async with open_database(Settings(home=home)) as database:
        assert await database.store.live() is None
        owner.kill()
        await asyncio.sleep(0.1)
        assert await answers_within(database.store, 15)


async def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"postgresql://u:hunter2@/x?host={tmp_path}"
    with pytest.raises(MigrationError, match="cannot be reached") as caught:
        async with open_database(Settings(home=tmp_path, database_url=url)):
            pass
    assert "hunter2" not in str(caught.value)
