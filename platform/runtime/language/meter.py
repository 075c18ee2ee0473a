"""A bound on the processor time of one piece of work in this process. Owns the timer; main thread alone."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN = 0.1


class TooMuch(BaseException):
    """The work took more time than it may. No `Exception`, so that nothing on the way takes it for its own."""


class Meter:
    """Stops work by raising in the middle of it: what it was changing is not to be used any more."""

    def __init__(self) -> None:
        self._running = False
        signal.signal(signal.SIGPROF, self._over)

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Raises `TooMuch` in the block after so many seconds of processor time."""
        self._running = True
        # again and again: an event loop may take the first one for a failure of one of its callbacks
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
        try:
            yield
        finally:
            self._running = False
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _over(self, _signal: int, _frame: FrameType | None) -> None:
        if self._running:
            raise TooMuch
