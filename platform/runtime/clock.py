"""The store's clock, read without asking. Owns going on, by a clock that nobody sets, from what the store said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from treadle.runtime.system import system


def steady() -> float:
    """Seconds that only ever grow, also over a suspended machine where the system can tell."""
    return system.get().steady()


class StoreClock:
    """`now` is the store's time as far as this process knows; until the store has said it, the machine's.

    Setting the machine's clock does not move it.
    """

    def __init__(self) -> None:
        self.adjust(datetime.fromtimestamp(system.get().wall() / 1e9, UTC))

    def now(self) -> datetime:
        """The present instant by the store's clock, UTC."""
        return self._told + timedelta(seconds=steady() - self._at)

    def adjust(self, now: datetime) -> None:
        """The store just said that it is `now`."""
        self._told, self._at = now.astimezone(UTC), steady()
