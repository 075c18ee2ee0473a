"""An engine beside a stand-in of Kommo, for tests of accounts connected by consent; and child processes of it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx

from treadle.api.server import address, bind, serving
from treadle.runtime.crashpoints import arm
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.settings import Settings
from treadle_kommo.connection import Kommo
from treadle_kommo.simulator import create_app
from treadle_kommo.simulator.app import KommoApp
from treadle_kommo.simulator.consent import CLIENT, SECRET, Consent

FIELDS = {"client_id": CLIENT, "client_secret": SECRET}


class Account:
    """A running stand-in. `host` is what the guard has to let through."""

    def __init__(self, app: KommoApp, url: str) -> None:
        self.app = app
        self.url = url
        self.host = urlsplit(url).netloc

    @property
    def consent(self) -> Consent:
        return self.app.simulation.consent

    def fields(self) -> dict[str, str]:
        return {"base_url": self.url, "consent_url": f"{self.url}/oauth", **FIELDS}


@asynccontextmanager
async def account() -> AsyncIterator[Account]:
    listener = bind("127.0.0.1", 0)
    app = create_app(address(listener))
    app.simulation.per_second = None
    async with serving(app, listener) as url:
        yield Account(app, url)


@asynccontextmanager
async def engine_beside(home: Path, host: str) -> AsyncIterator[Engine]:
    async with open_engine(Settings.read({"TREADLE_ALLOW_HOSTS": host}, home=home)) as engine:
        yield engine


async def made(api: httpx.AsyncClient, account: Account) -> str:
    """A connection that waits for consent; its name."""
    name = f"k-{uuid4().hex[:8]}"
    answer = await api.post("/api/v1/connections", json={"plugin": "kommo", "name": name, "fields": account.fields()})
    assert answer.status_code == 201, answer.text
    assert answer.json()["state"] == "consent_needed"
    return name


async def allowed(api: httpx.AsyncClient, name: str) -> httpx.URL:
    """A person goes to the page of consent and allows it; where the service sends them back to."""
    begun = await api.post(f"/api/v1/connections/{name}/oauth/start")
    assert begun.status_code == 200, begun.text
    async with httpx.AsyncClient() as browser:
        back = await browser.get(begun.json()["authorize_url"])
    assert back.status_code == 302, back.text
    return httpx.URL(back.headers["location"])


async def connected(api: httpx.AsyncClient, account: Account) -> str:
    """A connection whose account was connected; its name."""
    name = await made(api, account)
    answer = await api.get((await allowed(api, name)).raw_path.decode())
    assert answer.status_code == 200, answer.text
    return name


def state_of(address: httpx.URL) -> str:
    return parse_qs(address.query.decode())["state"][0]


async def call(engine: Engine, name: str) -> int:
    """One call through the connection, as an action makes it."""
    connections = engine.connections
    context = connections.contexts.make(connections.owner(connections.get(name)))
    return int((await context.http.send("GET", "/api/v4/account")).status)


async def _child(home: str, host: str, name: str, calls: int, point: str) -> None:
    Kommo.rate = None  # all at once
    async with engine_beside(Path(home), host) as engine:
        assert engine.connections.keeper is not None
        if point:
            engine.connections.keeper.lease = 1.0
            arm(point)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        answers = await asyncio.gather(*(call(engine, name) for _ in range(calls)), return_exceptions=True)
        print(answers.count(200))


async def child(home: Path, host: str, name: str, calls: int, point: str = "") -> asyncio.subprocess.Process:
    """A process with an engine of its own; it calls when it reads a line."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.api.consenting", str(home), host, name, str(calls), point),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


async def started(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"


if __name__ == "__main__":
    asyncio.run(_child(*sys.argv[1:4], int(sys.argv[4]), sys.argv[5]))
