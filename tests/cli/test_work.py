"""`treadle work --processes N`: children that live as long as they should, and no longer."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def until(what: str, look: Callable[[], Any], within: float = 60) -> Any:
    end = time.monotonic() + within
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if found := look():
                return found
        time.sleep(0.05)
    raise AssertionError(what)


class Group:
    """A running `treadle work` of two processes."""

    def __init__(self, home: Path) -> None:
        self.mark = f"TREADLE_HOME={home}".encode()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TREADLE_", "DATABASE_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-um", "treadle", "work", "--processes", "2", "--port", "0", "--host", "127.0.0.1"],
            env=kept | {"TREADLE_HOME": str(home)}, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def health(self) -> Any:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return json.loads(refused.read())

    def children(self) -> set[int]:
        return {pid for pid, line in self.living().items() if b"--child" in line}

    def living(self) -> dict[int, bytes]:
        found = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and self.mark in (entry / "environ").read_bytes().split(b"\0"):
                    found[int(entry.name)] = (entry / "cmdline").read_bytes()
        return {pid: line for pid, line in found.items() if line}


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    made = Group(tmp_path / "home")
    yield made
    made.process.kill()
    made.process.wait()
    until("nothing is left", lambda: not made.living())


def test_a_child_that_dies_is_started_again_and_all_end_with_the_parent(group: Group) -> None:
    until("both workers are seen", lambda: len(group.health()["workers"]) == 2)
    health = group.health()
    assert (health["status"], health["database"], health["queue"]) == ("ok", True, "postgres")
    assert health["last_progress"]
    assert (health["due"], health["claimed"]) == (0, 0)
    first = group.children()
    assert len(first) == 2
    victim = min(first)
    os.kill(victim, signal.SIGKILL)
    until("another child in its place", lambda: len(group.children() - first) == 1)
    group.process.send_signal(signal.SIGTERM)
    assert group.process.wait(40) == 0
    assert not group.children()


def test_children_end_when_the_parent_is_killed(group: Group) -> None:
    until("both workers are seen", lambda: len(group.health()["workers"]) == 2)
    group.process.kill()
    until("nothing is left", lambda: not group.living())
