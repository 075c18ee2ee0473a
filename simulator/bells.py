"""The bells of all processes of a play. Owns which rings are heard; a bell here holds nothing, as the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from simulator.faults import Faults
from simulator.loop import Loop, Process


class Bells:
    """Knows who listens."""

    def __init__(self, loop: Loop, faults: Faults) -> None:
        self._loop = loop
        self._faults = faults
        self.listening: list[tuple[Process, Callable[[], None]]] = []

    def of(self, process: Process) -> ProcessBell:
        """The bell as this process has it."""
        return ProcessBell(self, process)

    def ring(self) -> None:
        """Wake those who hear it."""
        for process, wake in self.listening:
            if process.alive and self._faults.rings():
                self._loop.call_later(self._faults.latency(), wake, context=process.context)


class ProcessBell:
    """What the runtime asks of `bell.Bell`."""

    ok = True
    kind = "simulated"

    def __init__(self, bells: Bells, process: Process) -> None:
        self._bells = bells
        self._process = process

    def ring(self) -> None:
        """There is work."""
        self._bells.ring()

    @asynccontextmanager
    async def answering(self, wake: Callable[[], None]) -> AsyncIterator[None]:
        """While inside, rings call `wake`."""
        entry = (self._process, wake)
        self._bells.listening.append(entry)
        yield
        self._bells.listening.remove(entry)
