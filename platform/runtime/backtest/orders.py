"""What people ordered within the span, in its order: rules switched on, off and to rehearse, and runs started by hand.

What they were switched to before the span comes first. Runs that were run again are left out: they repeat what a rule
decided already.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from uuid import UUID

from treadle.runtime.backtest.past import Past, PastStart, PastSwitch

_AT_ONCE = 500
Ordered = PastSwitch | PastStart


class Orders:
    """Reads switches whole, for they are few, and starts a page at a time."""

    def __init__(self, past: Past, since: datetime, until: datetime) -> None:
        self._past = past
        self._since, self._until = since, until
        self._switches: deque[PastSwitch] | None = None
        self._starts: deque[PastStart] = deque()
        self._behind: UUID | None = None
        self._more = True

    async def due(self, moment: datetime) -> Ordered | None:
        """The first one that nobody took yet, if it came before or at this moment."""
        if self._switches is None:
            self._switches = deque(await self._past.switches(self._until))
        if not self._starts and self._more:
            found = await self._past.starts(self._since, self._until, self._behind, _AT_ONCE)
            self._starts.extend(found)
            self._more = len(found) == _AT_ONCE
            self._behind = found[-1].run.id if found else None
        heads: list[deque[PastSwitch] | deque[PastStart]] = [each for each in (self._switches, self._starts) if each]
        first = min(heads, key=lambda each: each[0].at, default=None)
        return first.popleft() if first and first[0].at <= moment else None
