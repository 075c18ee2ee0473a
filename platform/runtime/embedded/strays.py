"""A server that nobody owns any more: recognises it by its pid file, stops it, clears what a killed one left.

Called only while the owner's lock is held, so whatever runs on the data folder then is nobody's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from treadle.runtime.embedded.errors import EmbeddedError

_PATIENCE = 30.0


def settle(data: Path, socket_lock: Path) -> None:
    """After this nothing runs on `data`, and neither of a killed server's two pid files is in the way.

    `socket_lock` is the one beside its socket, in a folder that serves this server alone. Raises `EmbeddedError` when
    a stray server does not stop.
    """
    for pid_file in (data / "postmaster.pid", socket_lock):
        pid = _read_pid(pid_file)
        if pid is not None:
            _stop(pid, data)
            # A killed server leaves its pid files. The pid may be a zombie, or another program's by now (a restarted
            # container), and Postgres would refuse to start for either.
            if _read_pid(pid_file) == pid:
                pid_file.unlink(missing_ok=True)


def _stop(pid: int, data: Path) -> None:
    for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not is_postmaster(pid, data):
            break
        _signal(pid, order)
        _wait_gone(pid, data, _PATIENCE)
    else:
        raise EmbeddedError(f"A Postgres that was left running (pid {pid}) does not stop. Stop it and start again.")


def is_postmaster(pid: int, data: Path) -> bool:
    """Whether this live process is a server on `data`: it makes the folder its working directory."""
    proc = Path("/proc") / str(pid)
    if Path("/proc/self").exists():
        try:
            return (proc / "cwd").resolve(strict=True) == data.resolve()
        except OSError:
            return False
    answer = subprocess.run(["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(data) in answer.stdout and not answer.stdout.startswith("Z")


def _read_pid(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _signal(pid: int, order: signal.Signals) -> None:
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise EmbeddedError(f"A Postgres of another user (pid {pid}) runs on this database's files.") from error


def _wait_gone(pid: int, data: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and is_postmaster(pid, data):
        time.sleep(0.005)
