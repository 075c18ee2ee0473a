"""The store's side of what the platform tells of itself: what was seen before, and how much of it lately."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, key_hash, line_of
from treadle.runtime.store.statements import Ask, Statements

_SIGHT = query("sight")
_OPEN_WINDOW, _USE_WINDOW, _TOTAL = query("open_window"), query("use_window"), query("window_total")

_NO_LIMIT = Decimal(10) ** 18


class Platform(Statements):
    """Methods of `ports.Store` about the platform's own events."""

    async def sight(self, kind: str, key: str, within: float, run_id: UUID) -> UUID:
        """See `ports.Store.sight`."""
        params = {"kind": clean(kind), "key_hash": UUID(key_hash(key)), "within": within, "run": run_id}
        first: UUID = (await self._ask(_SIGHT, params))[0][0]
        return first

    async def tally(self, name: str, key: str, window: float, token: UUID) -> int:
        """See `ports.Store.tally`."""
        line = line_of(self.workspace_id, "tally", name, key)

        async def work(ask: Ask) -> int:
            params = {"line": line, "limit": _NO_LIMIT, "amount": Decimal(1), "window": window, "token": token}
            await ask(_OPEN_WINDOW, params)
            await ask(_USE_WINDOW, params)
            return int((await ask(_TOTAL, {"line": line}))[0][0])

        return await self._together(work)
