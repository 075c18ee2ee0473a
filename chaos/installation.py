"""An installation as in production: Postgres, perhaps Valkey, one API, some workers; all by the command line.

Owns starting it and ending it. The plugin is that of the flow tests, made known as an installed distribution would be.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from bench.processes import Child, free_port
from bench.service import TREADLE, Made, await_ok, command, environment

from chaos.history import History
from chaos.kept import Kept
from chaos.proxy import PORT, Proxy
from chaos.valkey import Valkey

Queue = Literal["postgres", "valkey"]
QUEUES: tuple[Queue, ...] = ("postgres", "valkey")
RULES = Path(__file__).parent / "rules"
_PLUGIN = Path(__file__).parents[1] / "tests" / "runtime" / "flows"
_START_S = 60.0


class Installation:
    """What runs. `supervise` starts again what has died, unless it is in `held`."""

    def __init__(self, folder: Path, server: Server, queue: Valkey | None, allow: str) -> None:
        self.folder = folder
        self.server = server
        self.queue = queue
        self.proxy = server.proxy
        self.history = History(server.url)
        self.held: set[Kept] = set()
        settings = {"DATABASE_URL": self.proxy.url, "TREADLE_ALLOW_HOSTS": allow}
        if queue is not None:
            settings["REDIS_URL"] = queue.url
        self._env = environment(folder / "home", **settings)
        paths = [str(folder / "site"), str(_PLUGIN), os.environ.get("PYTHONPATH", "")]
        self._env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        self._port = free_port()
        self.api = Kept("api", [*TREADLE, "serve", "--host", "127.0.0.1", "--port", str(self._port)], folder, self._env)
        self.workers: list[Kept] = []
        self.hook = ""

    async def start(self, base_url: str, rules: dict[str, str], workers: int) -> None:
        """Schema, connection, live rules, workers. Raises HarnessError with what a command said."""
        _make_known(self.folder / "site")
        (self.folder / "rules").mkdir()
        for name, text in rules.items():
            (self.folder / "rules" / name).write_text(text)
        await self.command("migrate")
        self.api.start()
        await asyncio.to_thread(await_ok, _child(self.api), self._port, "/health/ready", _START_S)
        made = await self.command("connections", "add", "acme", f"base_url={base_url}", "key=-", "--json")
        path = urlsplit(msgspec.json.decode(made, type=Made).hook_url).path
        self.hook = f"http://127.0.0.1:{self._port}{path}"
        await self.command("publish", str(self.folder / "rules"))
        argv = [*TREADLE, "work", "--host", "127.0.0.1", "--port", "0"]
        self.workers = [Kept(f"worker{number}", argv, self.folder, self._env) for number in range(1, workers + 1)]
        for worker in self.workers:
            worker.start()

    async def supervise(self) -> None:
        """As whoever looks after processes: what has ended is started again."""
        while True:
            for each in (self.api, *self.workers):
                if not each.alive and each not in self.held:
                    each.start()
            await asyncio.sleep(1.0)

    def stop(self) -> None:
        """Kills all processes."""
        for each in (self.api, *self.workers):
            if each.child is not None:
                each.kill()

    async def command(self, *argv: str) -> str:
        """What a command prints. Raises HarnessError when it fails."""
        return await asyncio.to_thread(command, list(argv), self._env, standard_input="chaos-secret\n")


class Server:
    """The embedded Postgres, with a proxy in front of it."""

    def __init__(self, folder: Path) -> None:
        from treadle.runtime.embedded import Embedded

        # Root's server runs under another account, which has to be able to pass through the folder above its own.
        folder.chmod(0o711)
        self._embedded = Embedded(folder / "postgres", root_base=folder / "postgres-data")
        self.url = self._embedded.url()
        sockets = folder / "proxy"
        sockets.mkdir()
        self.proxy = Proxy(sockets, self._embedded.places.sockets / f".s.PGSQL.{PORT}")

    async def start(self) -> None:
        """Returns when it answers, also after a crash."""
        await asyncio.to_thread(self._embedded.start)

    async def stop(self) -> None:
        """In order."""
        await asyncio.to_thread(self._embedded.stop)

    async def break_down(self) -> None:
        """What `pg_ctl stop -m immediate` does; returns when it is gone."""
        import signal

        pid = int((self._embedded.places.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        while self._embedded.role != "stopped":  # noqa: ASYNC110 - a process that ends wakes nobody here
            await asyncio.sleep(0.01)


@asynccontextmanager
async def installed(folder: Path, queue: Queue, allow: str) -> AsyncIterator[Installation]:
    """Servers that run, and an installation on them that is yet to be started."""
    server = Server(folder)
    await server.start()
    try:
        valkey = None
        if queue == "valkey":
            (folder / "valkey").mkdir()
            valkey = Valkey(folder / "valkey")
            await asyncio.to_thread(valkey.start)
        async with server.proxy:
            found = Installation(folder, server, valkey, allow)
            try:
                yield found
            finally:
                found.stop()
                if valkey is not None:
                    await asyncio.to_thread(valkey.stop)
    finally:
        with contextlib.suppress(asyncio.CancelledError):
            await server.stop()


def _make_known(site: Path) -> None:
    """The folder of a distribution whose entry point names the plugin."""
    folder = site / "acme_chaos-0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-chaos\nVersion: 0\n")
    (folder / "entry_points.txt").write_text("[treadle]\nacme = acme:plugin\n")


def _child(kept: Kept) -> Child:
    assert kept.child is not None
    return kept.child
