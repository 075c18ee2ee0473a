"""Runs Treadle as its user would: real processes, a home of their own, real requests. Owns starting and ending them.

Every process of one test carries the test's home in its environment, and Postgres its data folder in its command line:
that is how leftovers are found.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from treadle.runtime.embedded import Embedded

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which something that has to come is taken for lost; many times what it takes."""


class Reply:
    """An HTTP answer: `status`, `headers`, and the body as JSON."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def request(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None, timeout: float = 30
) -> Reply:
    """One request; an answer of any status is an answer. Raises `OSError` when there is none."""
    asked = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:
            return Reply(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Reply(answer.code, answer.headers, answer.read())


def until(what: str, look: Callable[[], Any], *, within: float = PATIENCE, pause: float = 0.05) -> Any:
    """The first true answer of `look`. Fails with `what` when none comes."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {within:g} s")


class Home:
    """One installation: a home folder, and the processes started on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "DATABASE_"))},
            "TREADLE_HOME": str(folder / "home"),
            "PYTHONUNBUFFERED": "1",
        }
        self.started: list[subprocess.Popen[bytes]] = []

    # --- processes --------------------------------------------------------------------------------------------------

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """`treadle ARGUMENTS` in a process group of its own; what it prints goes to a file in the home."""
        output = open(self.folder / f"{len(self.started)}-{arguments[0]}.log", "wb")  # noqa: SIM115 - the process has it
        process = subprocess.Popen(
            [sys.executable, "-m", "treadle", *arguments],
            cwd=ROOT, env={**self.environment, **environment}, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        output.close()
        self.started.append(process)
        return process

    def up(self, **environment: str) -> subprocess.Popen[bytes]:
        """`treadle up` on this home's rules; returns when it is ready."""
        process = self.start("up", "--rules", str(self.rules), "--port", str(self.port), **environment)
        self.ready(process)
        return process

    def ready(self, process: subprocess.Popen[bytes]) -> None:
        """Returns when the API can work."""

        def look() -> bool:
            assert process.poll() is None, f"ended with {process.returncode}:\n{self.output()}"
            with contextlib.suppress(OSError):
                return request("GET", f"{self.url}/health/ready", timeout=2).status == 200
            return False

        until("ready", look)

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """`treadle ARGUMENTS` to its end."""
        return subprocess.run(
            [sys.executable, "-m", "treadle", *arguments],
            cwd=ROOT, env={**self.environment, **environment}, input=stdin, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def json(self, *arguments: str) -> Any:
        """`treadle ARGUMENTS --json`, read. Fails with what it printed when it did not end well."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def output(self) -> str:
        """What the processes printed so far."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def living(self) -> list[str]:
        """The command lines of processes that belong to this home, the database's included."""
        return [*self._found(self._is_ours), *self.databases()]

    def databases(self) -> list[str]:
        """The command lines of this home's Postgres server."""
        data = str((self.folder / "home" / "pg18").resolve() / "data")
        return self._found(lambda entry, line: "/bin/postgres" in line and f"-D {data} " in line)

    def _is_ours(self, entry: Path, line: str) -> bool:
        mark = f"TREADLE_HOME={self.folder / 'home'}".encode()
        return mark in (entry / "environ").read_bytes().split(b"\0")

    def _found(self, wanted: Callable[[Path, str], bool]) -> list[str]:
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit():
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                    if line and wanted(entry, line):
                        found.append(f"{entry.name} {line}")
        return found

    def end(self) -> None:
        """Kills what is left."""
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        until("the database ends with its owner", lambda: not self.living())
        Embedded(self.folder / "home").erase()

    # --- the platform -----------------------------------------------------------------------------------------------

    def api(self, path: str) -> Any:
        """GET of the API with this home's key."""
        key = (self.folder / "home" / "key").read_text().strip()
        answer = request("GET", f"{self.url}/api/v1{path}", headers={"authorization": f"Bearer {key}"})
        assert answer.status == 200, answer.body
        return answer.json

    def write_rule(self, name: str, text: str) -> None:
        """A rule file of this home."""
        (self.rules / name).write_text(text, encoding="utf-8")

    def deliver(self, hook: str, body: bytes, content_type: str = "application/x-www-form-urlencoded") -> Reply:
        """A delivery the way a service sends one."""
        return request("POST", hook, body=body, headers={"content-type": content_type})

    def event(self, id: str, outcome: str) -> Any:
        """The event once it has this outcome."""
        return until(
            f"event {id} {outcome}",
            lambda: (found := self.api(f"/events/{id}")) and found["outcome"] == outcome and found,
        )

    def run_of(self, event: Mapping[str, Any], status: str = "done") -> Any:
        """The one run of an event, once it has this status."""
        (run,) = event["runs"]
        return until(
            f"run {run} {status}", lambda: (found := self.api(f"/runs/{run}")) and found["status"] == status and found
        )


@contextlib.contextmanager
def home_in(folder: Path) -> Iterator[Home]:
    """A home whose processes are gone afterwards."""
    home = Home(folder)
    try:
        yield home
    finally:
        home.end()
