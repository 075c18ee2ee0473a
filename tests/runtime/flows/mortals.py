"""Starts worker processes that a test may kill, see `mortal.py`, which forks them: real processes without the second
that an interpreter takes to import everything.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from treadle.runtime.settings import Settings

_FORKING = Path(__file__).with_name("mortal.py")


class Mortal:
    """One worker process. `returncode` is None while it lives."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._writer = writer
        self._over = asyncio.create_task(self._ended(reader))

    async def _ended(self, reader: asyncio.StreamReader) -> None:
        self.returncode = int(await reader.readline())
        self._writer.close()

    async def wait(self) -> int:
        """Its exit status, once it has ended."""
        await asyncio.shield(self._over)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Raises `ProcessLookupError` when it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As `kill -9`."""
        self.send_signal(signal.SIGKILL)


async def mortal(settings: Settings, point: str | None = None, *, output: Path | None = None) -> Mortal:
    """A worker over these settings; with `point` it dies when it comes there (`crashpoints`)."""
    given = (settings.home, settings.database_url, settings.encryption_keys, settings.allow_hosts)
    asked: dict[str, Any] = {
        "arguments": [*map(str, given), *([point] if point else [])],
        "output": str(output or settings.home / "mortal.log"),
    }
    reader, writer = await asyncio.open_unix_connection(_forking())
    writer.write(json.dumps(asked).encode() + b"\n")
    return Mortal(reader, writer, int(await reader.readline()))


async def dies(settings: Settings, point: str, within: float = 20) -> None:
    """A worker that dies when it comes to this point; over when it is dead."""
    dying = await mortal(settings, point)
    assert await asyncio.wait_for(dying.wait(), within) == -signal.SIGKILL


@cache
def _forking() -> str:
    """The socket of the process that forks for this test run; it ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="treadle-mortal-")
    path = str(Path(folder.name) / "s")
    command = [sys.executable, str(_FORKING), path]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"

    def over() -> None:
        process.communicate()
        folder.cleanup()

    atexit.register(over)
    return path
