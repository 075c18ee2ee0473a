"""What the runtime asks of its storage about the platform itself: what was seen, what is slow, who is silent.

A part of the one `ports.Store` protocol, with a page of its own; owns no behaviour.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from treadle.runtime.platformrecords import SlowWork, WorkerRow


class PlatformStore(Protocol):
    """See `ports.Store`."""

    async def sight(self, kind: str, key: str, within: float, run_id: UUID) -> UUID:
        """The run saw this key of this kind; the run that saw it first, of those between whom it never went unseen for
        `within` seconds. The same run again changes nothing but the time.
        """
        ...

    async def tally(self, name: str, key: str, window: float, token: UUID) -> int:
        """Count the token; how many were counted in the last `window` seconds, this one too. Each counts once."""
        ...

    async def sign_off(self, worker: UUID) -> None:
        """The worker is no more, and nobody shall miss it."""
        ...

    async def silent(self, within: float) -> list[WorkerRow]:
        """Workers that were seen within a day, not for so many seconds, and did not sign off."""
        ...

    async def slow(self, longer: float) -> list[SlowWork]:
        """Calls that have been under way for more than so many seconds, some of them; last, if there is any, the run
        that has been due for longest of those that have been for as many.
        """
        ...

    async def root(self, run_id: UUID) -> UUID:
        """The run that this one follows from in the end, by starts and events, as far as history goes back."""
        ...

    async def unattended(self) -> dict[str, int]:
        """What nothing would ever bring to an end, by kind; must be empty. `runs` that neither live nor ended, `leases`
        and `waits` without an end, `listens`, `signals`, `turns` and open `approvals` of runs that do not live. Slow.
        """
        ...
