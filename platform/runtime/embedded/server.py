"""The embedded Postgres as a child of this process.

A small shell stands between: it holds the read end of our pipe and starts the server. When this process ends, by
whatever signal, the pipe closes and the shell stops the server with a fast shutdown. One process owns the server, by a
lock on a file; the others are its guests.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import time
import weakref
from pathlib import Path
from typing import BinaryIO, Literal
from urllib.parse import urlencode

from treadle.runtime.embedded import binaries, cluster, places, strays
from treadle.runtime.embedded.errors import EmbeddedError

# `$@` is the server and gets no stdin. A subshell reads our pipe, so that the shell itself ends with the server; when
# the shell is killed, the subshell still stops the server at our end. SIGINT from a terminal reaches neither.
_SHELL = """
trap "" INT
exec 3<&0
"$@" <&- 3<&- & server=$!
( read -r _ <&3; kill -INT $server ) 2>/dev/null & reader=$!
exec 3<&-
trap "kill -INT $server" TERM
wait $server; wait $server
kill $reader 2>/dev/null
"""
_START_LIMIT = 600.0  # recovery of a big database after a crash takes its time
_STOP_LIMIT = 60.0
_LOG_LIMIT = 10_000_000
_POLL = 0.003


class Embedded:
    """One embedded server for a TREADLE_HOME. Not for two threads at once; a start is quick but blocks."""

    def __init__(self, home: Path, *, root_base: Path | None = None) -> None:
        """`root_base` (default `places.ROOT_BASE`) holds the data of servers that root starts.

        Raises `EmbeddedError` without usable programs.
        """
        self._binaries = binaries.find()
        base = root_base or places.ROOT_BASE
        self._check_major(home, base)
        self.places = places.make_places(home, self._binaries.major, base)
        self._lock: BinaryIO | None = None
        self._shell: subprocess.Popen[bytes] | None = None
        _LIVING.add(self)

    @property
    def role(self) -> Literal["owner", "guest", "stopped"]:
        """`owner`: the server is our child. `guest`: another process of ours owns it. `stopped`: it does not run."""
        if self._shell is not None and self._shell.poll() is None:
            return "owner"
        return "guest" if self._shell is None and self._answers() else "stopped"

    def url(self, user: str = "postgres") -> str:
        """The address for libpq. The socket folder is closed to other accounts, which is why no password is asked."""
        query = urlencode({"host": str(self.places.sockets), "port": cluster.PORT, "user": user})
        return f"postgresql:///postgres?{query}"

    def start(self) -> None:
        """Start the server, or join the one that another process owns. Does nothing when it runs.

        About 0.5 s the first time, 0.05 s later, longer after a crash. Raises `EmbeddedError`.
        """
        end = time.monotonic() + _START_LIMIT
        while not (self._shell and self._shell.poll() is None and self._answers()):
            if self._take_lock():
                self._launch()
                self._wait_ready(end)
                return
            if self._answers():
                return
            if time.monotonic() > end:
                raise EmbeddedError(f"The process that owns {self.places.data} does not start its server.")
            time.sleep(_POLL)

    def stop(self) -> None:
        """Stop the server if we own it; a guest only leaves."""
        if self._shell is not None:
            assert self._shell.stdin is not None
            self._shell.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._shell.wait(_STOP_LIMIT)
            strays.settle(self.places.data, self._socket_lock)
        self._shell = None
        self._drop_lock()

    def prepare(self) -> None:
        """Make the data folder, unless it is there or another process is at it, so that the next start is quick."""
        if self._take_lock():
            try:
                cluster.make(self.places, binaries.reachable(self._binaries, self.places))
            finally:
                self._drop_lock()

    def erase(self) -> None:
        """Remove all data. Raises `EmbeddedError` while a process, also this one, owns the server."""
        if self._shell is not None or not self._take_lock():
            raise EmbeddedError(f"The database in {self.places.folder} is in use.")
        try:
            strays.settle(self.places.data, self._socket_lock)
            shutil.rmtree(self.places.data, ignore_errors=True)
        finally:
            self._drop_lock()

    @property
    def _socket_lock(self) -> Path:
        return self.places.sockets / f".s.PGSQL.{cluster.PORT}.lock"

    def _launch(self) -> None:
        strays.settle(self.places.data, self._socket_lock)
        runnable = binaries.reachable(self._binaries, self.places)
        cluster.make(self.places, runnable)
        self._trim_log()
        command = ["/bin/sh", "-c", _SHELL, "treadle-postgres", *cluster.arguments(self.places, runnable)]
        with self.places.log.open("ab") as log:
            self._shell = subprocess.Popen(  # type: ignore[call-overload]
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **binaries.as_account(self.places.account),
            )

    def _wait_ready(self, end: float) -> None:
        assert self._shell is not None
        while not (self._says_ready() and self._answers()):
            if self._shell.poll() is not None:
                self.stop()
                raise EmbeddedError(f"Postgres did not start: {self._reason()} (see {self.places.log})")
            if time.monotonic() > end:
                self.stop()
                raise EmbeddedError(f"Postgres is not ready after {_START_LIMIT:.0f} s (see {self.places.log}).")
            time.sleep(_POLL)

    def _says_ready(self) -> bool:
        try:
            lines = (self.places.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.places.sockets / f".s.PGSQL.{cluster.PORT}"))
            except OSError:
                return False
            return self._says_ready()

    def _take_lock(self) -> bool:
        if self._lock is None:
            self._lock = self.places.lock.open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._drop_lock()
            return False
        return True

    def _drop_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _trim_log(self) -> None:
        log = self.places.log
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))

    def _reason(self) -> str:
        lines = self.places.log.read_text(errors="replace").splitlines()[-20:]
        telling = [line for line in lines if "FATAL:" in line or "ERROR:" in line]
        return (telling or lines or ["it said nothing"])[-1].split("FATAL:")[-1].strip()

    def _check_major(self, home: Path, root_base: Path) -> None:
        made = places.made_by(home, root_base)
        if made and self._binaries.major not in made:
            raise EmbeddedError(
                f"The database in {home} was made by Postgres {made[-1]}, and this is {self._binaries.major}. "
                f"Set TREADLE_PG_BIN to the programs of Postgres {made[-1]}."
            )

    def _forget_in_child(self) -> None:
        """A forked child must not keep the pipe or the lock alive after us."""
        if self._shell is not None and self._shell.stdin is not None:
            os.close(self._shell.stdin.fileno())
        if self._lock is not None:
            os.close(self._lock.fileno())


_LIVING: weakref.WeakSet[Embedded] = weakref.WeakSet()


def _after_fork() -> None:
    for server in _LIVING:
        server._forget_in_child()


os.register_at_fork(after_in_child=_after_fork)
