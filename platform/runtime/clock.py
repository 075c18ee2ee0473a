"""The store's clock, read without asking. Owns the offset between this machine's clock and the store's, and a clock for
leases that goes on while the machine sleeps.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


def steady() -> float:
    """Seconds that only ever grow, also over a suspended machine where the system can tell."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


class StoreClock:
    """`now` is the store's time as far as this process knows."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """The present instant by the store's clock, UTC."""
        return datetime.now(UTC) + self._offset

    def adjust(self, now: datetime) -> None:
        """The store just said that it is `now`."""
        self._offset = now - datetime.now(UTC)
