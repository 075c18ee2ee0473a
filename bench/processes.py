"""Child processes of a benchmark: started in a group of their own, measured from /proc, gone at the end.

Each child dies with the harness, also when the harness is killed (`PR_SET_PDEATHSIG`; Linux).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class HarnessError(Exception):
    """The benchmark could not be carried out. The message is one line for the reader, a log's end may follow it."""


class Child:
    """One process that the harness started."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.popen = popen
        self.log = log
        self._held = b""

    @property
    def pid(self) -> int:
        return self.popen.pid

    def tell(self, line: bytes) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(line + b"\n")
        self.popen.stdin.flush()

    def hear(self, timeout_s: float) -> bytes:
        """The next line of its standard output. Raises HarnessError when there is none in time."""
        assert self.popen.stdout is not None
        source = self.popen.stdout.fileno()
        deadline = time.monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(source, selectors.EVENT_READ)
            while b"\n" not in self._held:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise self.failed(f"said nothing for {timeout_s:g} s")
                piece = os.read(source, 1 << 20)
                if not piece:
                    raise self.failed("ended")
                self._held += piece
        line, _, self._held = self._held.partition(b"\n")
        return line

    def failed(self, what: str) -> HarnessError:
        """The error, with the end of the process's log."""
        text = self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""
        return HarnessError(f"{self.name} {what}\n{text}".rstrip())

    def stop(self, grace_s: float = 10.0) -> None:
        """SIGTERM to the process, then SIGKILL to what is left of its group."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(grace_s)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()


@contextlib.contextmanager
def started(
    name: str, argv: Sequence[str], folder: Path, *, env: Mapping[str, str] | None = None, talks: bool = False
) -> Iterator[Child]:
    """Runs `argv`; its output goes to `folder/name.log`, or, when it `talks`, standard output to us."""
    log = folder / f"{name}.log"
    pipe = subprocess.PIPE if talks else subprocess.DEVNULL
    with log.open("ab") as sink:
        popen = subprocess.Popen(
            argv,
            stdin=pipe,
            stdout=pipe if talks else sink,
            stderr=sink,
            env=dict(os.environ if env is None else env),
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
    child = Child(name, popen, log)
    try:
        yield child
    finally:
        child.stop()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all below it, those that have ended included. 0.0 without /proc."""
    return sum(_cpu_ticks(each) for each in tree(pid)) * _TICK_S


def memory_mb(pid: int) -> float:
    """Memory of a process and all below it; pages they share count once (PSS). 0.0 without /proc."""
    return sum(_pss_kb(each) for each in tree(pid)) / 1024


def tree(pid: int) -> list[int]:
    """The process and its descendants that are alive."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if (fields := _stat(int(entry.name))) is not None:
            below.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for each in found:
        found.extend(below.get(each, []))
    return found


def parent(pid: int) -> int | None:
    """The process above, None when there is no such process here."""
    fields = _stat(pid)
    return None if fields is None else int(fields[1])


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat from `state` on; the command's name before them may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return 0 if fields is None else sum(int(ticks) for ticks in fields[11:15])


def _pss_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
