"""Asking the store because of a name or a secret that this process does not know. Owns how seldom that is.

Whoever guesses addresses causes one look a tenth of a second, however many guesses there are; none of them waits longer
than the look that begins next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from treadle.runtime.clock import steady

_APART = 0.1  # seconds between two looks


class Misses:
    """`look` asks the store; all who miss something meanwhile share the next one."""

    def __init__(self, look: Callable[[], Awaitable[object]]) -> None:
        self._look = look
        self._turn = asyncio.Lock()
        self._began = self._ended = float("-inf")

    async def look(self) -> None:
        """Returns once a look is over that began after this was called. Raises what the look does."""
        came = steady()
        async with self._turn:
            if self._began > came:
                return
            await asyncio.sleep(max(0.0, self._ended + _APART - steady()))
            self._began = steady()
            try:
                await self._look()
            finally:
                self._ended = steady()
