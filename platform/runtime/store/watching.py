"""The store's side of what the platform tells of itself: what was seen before, and how much of it lately."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from treadle.runtime.ports import LONGEST_LEASE, SlowWork, WorkerRow
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, key_hash, line_of
from treadle.runtime.store.statements import Ask, Statements

_SIGHT = query("sight")
_OPEN_WINDOW, _USE_WINDOW, _TOTAL = query("open_window"), query("use_window"), query("window_total")
_SIGN_OFF, _SILENT = query("sign_off"), query("silent")
_SLOW_STEPS, _OVERDUE, _UNATTENDED = query("slow_steps"), query("overdue"), query("unattended")
_ROOT = query("root")

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

    async def sign_off(self, worker: UUID) -> None:
        """See `ports.Store.sign_off`."""
        await self._change(_SIGN_OFF, {"worker": worker})

    async def silent(self, within: float) -> list[WorkerRow]:
        """See `ports.Store.silent`."""
        return [
            WorkerRow(id=worker, name=name, started_at=began, seen_at=seen, progress_at=progress, claimed=claimed)
            for worker, name, began, seen, progress, claimed in await self._ask(_SILENT, {"within": within})
        ]

    async def slow(self, longer: float) -> list[SlowWork]:
        """See `ports.Store.slow`."""
        params = {"longer": longer, "longest": LONGEST_LEASE}
        rows = [*await self._ask(_SLOW_STEPS, params), *await self._ask(_OVERDUE, params)]
        return [SlowWork(*row) for row in rows]

    async def unattended(self) -> dict[str, int]:
        """See `ports.Store.unattended`."""
        return dict(await self._ask(_UNATTENDED, {"longest": LONGEST_LEASE}))

    async def root(self, run_id: UUID) -> UUID:
        """See `ports.Store.root`."""
        found = await self._ask(_ROOT, {"run": run_id})
        return found[0][0] if found else run_id
