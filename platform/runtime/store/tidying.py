"""The store's upkeep: history that is old, values that have run out, partitions. What may go, the functions of the
revision `upkeep` decide; here is only how often they are asked.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.changes.shapes import KEPT
from treadle.runtime.costs import NONE, Costs
from treadle.runtime.figures.adding import KEPT as FIGURES_KEPT
from treadle.runtime.figures.adding import Adding
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import NOBODY, json_rows, key_hash
from treadle.runtime.store.statements import Ask, Statements

_MAKE, _DROP, _SWEEP = query("make_days"), query("drop_days"), query("sweep")
_SWEEP_WINDOWS = query("sweep_windows")
_SWEEP_CHANGES, _SWEEP_FIGURES = query("sweep_changes"), query("sweep_figures")
_SWEEP_SPEND = query("sweep_spend")
_RUNS, _EVENTS, _KEYS = query("forget_runs"), query("forget_events"), query("forget_keys")

MOST = 500
"""Rows of one commit."""
_AHEAD = 3  # days
_SPEND_KEPT = 100  # days
_CHANGES_KEPT = 1.5 * KEPT  # seconds; a commit may take a while from its beginning, which is what its changes tell
_FIRST = UUID(int=0)


class _KeyRow(msgspec.Struct, frozen=True):
    id: UUID
    connection_id: UUID
    key_hash: str


class _Kept(msgspec.Struct, frozen=True):
    span: int
    days: int


class Tidying(Statements):
    """Methods of `ports.Store` about upkeep. `costs` are what actions declare, set by who knows the plugins."""

    costs: Costs = NONE

    async def turn_days(self, days: int) -> None:
        """See `ports.Store.turn_days`."""
        await self._ask(_MAKE, {"ahead": _AHEAD})
        await self._ask(_DROP, {"days": days})

    async def forget_runs(self, days: int, behind: UUID | None = None) -> UUID | None:
        """See `ports.Store.forget_runs`."""
        found = await self._ask(_RUNS, {"days": days, "behind": behind or _FIRST, "most": MOST})
        return found[-1][0] if len(found) == MOST else None

    async def forget_events(self, days: int, behind: UUID | None = None) -> UUID | None:
        """See `ports.Store.forget_events`."""

        async def work(ask: Ask) -> UUID | None:
            found = await ask(_EVENTS, {"days": days, "behind": behind or _FIRST, "most": MOST})
            keys = [
                _KeyRow(id_, connection or NOBODY, key_hash(key))
                for id_, forgotten, connection, key in found
                if forgotten and key is not None
            ]
            if keys:
                await ask(_KEYS, {"keys": json_rows(keys)})
            return found[-1][0] if len(found) == MOST else None

        return await self._together(work)

    async def sweep(self, days: int) -> bool:
        """See `ports.Store.sweep`."""
        await Adding(self._pool, self.workspace_id, self.costs).add()
        ((swept,),) = await self._ask(_SWEEP, {"days": days, "most": MOST})
        ((windows,),) = await self._ask(_SWEEP_WINDOWS, {"most": MOST})
        changes = await self._change(_SWEEP_CHANGES, {"most": MOST, "kept": _CHANGES_KEPT})
        await self._change(_SWEEP_FIGURES, {"kept": json_rows([_Kept(*each) for each in FIGURES_KEPT.items()])})
        await self._change(_SWEEP_SPEND, {"days": _SPEND_KEPT})
        return bool(max(swept, windows, changes) >= MOST)
