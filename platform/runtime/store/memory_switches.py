"""The memory store's switches of rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from treadle.runtime.ports import Resting, Switch
from treadle.runtime.store.memory_commits import MemoryCommits


class MemorySwitches(MemoryCommits):
    """Methods of `ports.Store` about switches."""

    def __init__(self) -> None:
        super().__init__()
        self._switches: dict[str, Switch] = {}
        self._switchings: list[tuple[datetime, str, Switch | None]] = []

    async def switch_rule(self, rule: str, to: Switch | None, *, begins: Sequence[str] = ()) -> None:
        """See `ports.Store.switch_rule`."""
        self._switchings.append((self._clock(), rule, to))
        if to is None:
            self._switches.pop(rule, None)
        else:
            self._switches[rule] = to
        now = self._clock()
        for key in begins:
            await self.fire(key, now, now, [])

    def switchings(self) -> list[tuple[datetime, str, Switch | None]]:
        """Each time that a rule was switched, and to what."""
        return list(self._switchings)

    async def switches(self) -> dict[str, Switch]:
        """See `ports.Store.switches`."""
        return dict(self._switches)

    async def live_runs(self, rule: str) -> list[Resting]:
        """See `ports.Store.live_runs`."""
        rows = (row for row in self._live_rows.values() if row.run.new.rule == rule and row.run.new.kind == "rule")
        return [
            Resting(row.run.new.id, row.epoch, row.worker is not None or bool(row.intent) or b'"attempt":' in row.state)
            for row in sorted(rows, key=lambda row: row.run.new.id)
            if row.run.status != "unknown"
        ]
