"""A real engine on the embedded Postgres, and a client of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from tests.api.declared import check_declared
from tests.api.shared import app_of, stand_for

from treadle.runtime.embedded import Embedded
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.settings import Settings


@pytest.fixture(scope="session")
def database_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose Postgres runs until the last test of this process; engines join it."""
    home = tmp_path_factory.mktemp("api") / "home"
    server = Embedded(home)
    server.start()
    yield home
    server.stop()
    server.erase()


@pytest.fixture
async def engine(database_home: Path) -> AsyncIterator[Engine]:
    """An open engine. Its tables are shared with the other tests of this folder, so names are made unique."""
    async with open_engine(Settings.read({}, home=database_home, most_requests=0)) as opened:
        yield opened


@pytest.fixture
async def api(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a good key."""
    key = (engine.settings.home / "key").read_text().strip()
    stand_for(engine)
    transport = httpx.ASGITransport(app_of(engine))  # type: ignore[arg-type]
    headers, hooks = {"authorization": f"Bearer {key}"}, {"response": [check_declared]}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://t.example", headers=headers, event_hooks=hooks
    ) as client:
        yield client
