"""One process of the installation that can be killed, frozen and started again. Linux and macOS."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.processes import Child, started


class Kept:
    """`start` it first. Its output goes to `NAME.log` in the folder, over all its lives."""

    def __init__(self, name: str, argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self._argv = argv
        self._folder = folder
        self._env = env
        self._stack = contextlib.ExitStack()
        self.child: Child | None = None
        self.frozen = False

    @property
    def pid(self) -> int:
        """Of its life now, or of the last one."""
        assert self.child is not None, "it was started"
        return self.child.pid

    @property
    def alive(self) -> bool:
        """Whether there is such a process; a frozen one is alive."""
        return self.child is not None and self.child.popen.poll() is None

    def start(self) -> None:
        """A new life. Call it in the thread that lives as long as the process shall."""
        self.child = self._stack.enter_context(started(self.name, self._argv, self._folder, env=self._env))

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        self._signal(signal.SIGKILL)
        self.frozen = False
        self._stack.close()

    def freeze(self) -> None:
        """SIGSTOP."""
        self.frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)
        self.frozen = False

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)
