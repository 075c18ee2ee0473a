"""A home whose cluster is made once for the module, and processes that own its server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from treadle.runtime.embedded import Embedded

Run = Callable[[str], "Owner"]

_OWN = """
import os, sys, time
from pathlib import Path
from treadle.runtime.embedded import Embedded
server = Embedded(Path(sys.argv[1]), root_base=Path(sys.argv[2]))
server.start()
{more}
print(server.role, server._shell.pid if server._shell else 0, flush=True)
time.sleep(60)
"""


class Owner:
    """A process of its own that has started, or joined, the server."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.role, shell = process.stdout.readline().split()
        self.shell = int(shell)

    def kill(self, signal_number: int = signal.SIGKILL) -> None:
        self.process.send_signal(signal_number)
        self.process.wait(10)


@pytest.fixture(scope="module")
def root_base(short_folder: Path) -> Path:
    """Where servers that root starts keep their data."""
    return short_folder / "embedded"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose cluster outlives a test; its server does not."""
    return tmp_path_factory.mktemp("embedded") / "home"


@pytest.fixture
def server(home: Path, root_base: Path) -> Iterator[Embedded]:
    """Not started yet; stopped at the end whoever owns it."""
    made = Embedded(home, root_base=root_base)
    yield made
    made.stop()
    assert until(lambda: made.role == "stopped")


@pytest.fixture
def own(home: Path, root_base: Path, server: Embedded) -> Iterator[Run]:
    """Starts a process that owns the server or joins it; runs `more` before it says so. They go before `server`."""
    processes: list[subprocess.Popen[str]] = []

    def run(more: str = "") -> Owner:
        command = [sys.executable, "-c", _OWN.format(more=more), str(home), str(root_base)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return Owner(processes[-1])

    yield run
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def postmaster(server: Embedded) -> int:
    """The server's first process, by its own account."""
    return int((server.places.data / "postmaster.pid").read_text().split()[0])
