"""Treadle as a production installation: one `treadle serve`, one `treadle work`, a Postgres given by DATABASE_URL.

Everything is done by the command line and read over HTTP, as a user would; there is no setting for the benchmark.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import msgspec

from bench.processes import Child, HarnessError, free_port, started

TREADLE = [sys.executable, "-m", "treadle"]
PAGE = 200

# The condition and the one effect of the common job; the sink knows an event by `lead`.
RULE = """use http
use kommo

rule "Report big leads"
  when kommo.lead_created as lead
  where lead.price >= 1000
  do
    http.post(url: "http://{sink}/leads", json: {{lead: lead.id, price: lead.price}})
"""


class Fault(msgspec.Struct, frozen=True):
    """Why a run did not end well."""

    code: str
    message: str


class Run(msgspec.Struct, frozen=True):
    """What the benchmark reads of a run."""

    status: str
    event: str | None
    error: Fault | None = None

    @property
    def fate(self) -> str:
        """Its status, with the reason when there is one."""
        return self.status if self.error is None else f"{self.status} ({self.error.code}: {self.error.message})"


class RunPage(msgspec.Struct, frozen=True):
    """One page of `GET /api/v1/runs`."""

    items: list[Run]
    next: str | None


class Made(msgspec.Struct, frozen=True):
    """What the benchmark reads of `treadle connections add --json`."""

    hook_url: str


class Service:
    """An installation with its schema, connection and rule in place, and `treadle serve` running."""

    def __init__(self, folder: Path, env: Mapping[str, str], serve: Child, port: int) -> None:
        self.folder = folder
        self.env = env
        self.serve = serve
        self.port = port
        self.hook = ""

    @contextlib.contextmanager
    def working(self) -> Iterator[Child]:
        """One worker process, until the block ends."""
        port = free_port()
        argv = [*TREADLE, "work", "--host", "127.0.0.1", "--port", str(port)]
        with started("work", argv, self.folder, env=self.env) as child:
            await_ok(child, port, "/health", 30.0)
            yield child

    def publish(self, name: str, text: str) -> None:
        """Publish one more file."""
        (self.folder / "rules" / name).write_text(text)
        command(["publish", str(self.folder / "rules")], self.env)

    def runs(self) -> Iterator[Run]:
        """All runs in history, newest first."""
        cursor: str | None = None
        while True:
            query = urlencode({"limit": PAGE} | ({"cursor": cursor} if cursor else {}))
            page = msgspec.json.decode(self._read(f"/api/v1/runs?{query}"), type=RunPage)
            yield from page.items
            if (cursor := page.next) is None:
                return

    def _read(self, path: str) -> bytes:
        key = (Path(self.env["TREADLE_HOME"]) / "key").read_text().strip()
        status, body = _get(self.port, path, {"Authorization": f"Bearer {key}"})
        if status != 200:
            raise self.serve.failed(f"answered {status} to GET {path}: {body[:300]!r}")
        return body


@contextlib.contextmanager
def running(
    folder: Path, database_url: str, sink: str, rule: str = RULE, others: Sequence[str] = ()
) -> Iterator[Service]:
    """A fresh installation on an empty database with one file of rules, in which `{sink}` stands for `host:port`, and
    `others`, the texts of more files.
    """
    env = environment(folder / "home", DATABASE_URL=database_url, TREADLE_ALLOW_HOSTS=sink)
    (folder / "rules").mkdir()
    (folder / "rules" / "bench.rule").write_text(rule.format(sink=sink))
    for number, text in enumerate(others):
        (folder / "rules" / f"other-{number}.rule").write_text(text)
    command(["migrate"], env)
    port = free_port()
    with started("serve", [*TREADLE, "serve", "--host", "127.0.0.1", "--port", str(port)], folder, env=env) as serve:
        await_ok(serve, port, "/health/ready", 30.0)
        service = Service(folder, env, serve, port)
        try:
            service.hook = f"http://127.0.0.1:{port}{_connect(env)}"
            command(["publish", str(folder / "rules")], env)
        except HarnessError as error:
            raise serve.failed(f"is up, but {error}") from error
        yield service


def _connect(env: Mapping[str, str]) -> str:
    """Adds the connection that deliveries come in by; the path of its hook. Its address is one where nobody listens."""
    told = command(
        ["connections", "add", "kommo", "base_url=https://127.0.0.1:9", "access_token=-", "--json"],
        env,
        standard_input="bench-" + secrets.token_urlsafe(24) + "\n",
    )
    return urlsplit(msgspec.json.decode(told, type=Made).hook_url).path


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Our environment without settings of another installation, and with these."""
    foreign = ("TREADLE_", "DATABASE_URL", "REDIS_URL", "JOB_", "ENCRYPTION_KEY", "SENTRY_", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return kept | {"TREADLE_HOME": str(home), "ENCRYPTION_KEY": key} | settings


def command(argv: list[str], env: Mapping[str, str], *, standard_input: str = "") -> str:
    """Standard output of one `treadle` command. Raises HarnessError with what it said when it failed."""
    done = subprocess.run(
        [*TREADLE, *argv], env=dict(env), input=standard_input, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        told = (done.stdout + done.stderr).strip()[-2000:]
        raise HarnessError(f"treadle {' '.join(argv[:2])} ended with status {done.returncode}\n{told}")
    return done.stdout


def await_ok(child: Child, port: int, path: str, limit_s: float) -> None:
    """Waits until a GET of `path` answers 200. Raises HarnessError when the process ends or the time is over."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if child.popen.poll() is not None:
            raise child.failed(f"ended with status {child.popen.returncode}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            if _get(port, path, {})[0] == 200:
                return
        time.sleep(0.01)
    raise child.failed(f"does not answer {path} after {limit_s:g} s")


def _get(port: int, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
