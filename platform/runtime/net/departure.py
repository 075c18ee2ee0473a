"""The moment at which a request leaves. Owns the one fact that everything after depends on: may bytes have left?

The client repeats a PUT or DELETE by itself when a kept connection turns out to be dead. `Departure` sees the second
departure and stops it: whether to repeat is the runtime's to decide.
"""

from __future__ import annotations

from collections.abc import Callable

BeforeSend = Callable[[], None]
"""Called with nothing awaited between it and the first byte of a request; what it raises stops the request."""


class Repeated(Exception):
    """A request that may have arrived was about to be sent again."""


class Departure:
    """One call's requests on their way out. `left` is true from the moment that a byte may have left."""

    __slots__ = ("_before", "_reads", "left", "stopped")

    def __init__(self, before: BeforeSend | None, *, reads: bool) -> None:
        self._before = before
        self._reads = reads
        self.left = False
        self.stopped: BaseException | None = None

    def go(self) -> None:
        """Ask, then note that it left. Raises what `before_send` raises, or `Repeated`."""
        if self.left and not self._reads:
            raise Repeated
        if self._before is not None:
            try:
                self._before()
            except BaseException as error:
                self.stopped = error  # what is raised inside a body comes back wrapped
                raise
        self.left = True
