"""The store's side of switching rules on and off."""

from __future__ import annotations

from collections.abc import Sequence

from treadle.runtime.ports import Resting, Switch
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean, json_texts
from treadle.runtime.store.statements import Statements

_SWITCH, _SWITCHES, _LIVE_RUNS = query("switch_rule"), query("switches"), query("live_runs")


class Switching(Statements):
    """Methods of `ports.Store` about switches."""

    async def switch_rule(self, rule: str, to: Switch | None, *, begins: Sequence[str] = ()) -> None:
        """See `ports.Store.switch_rule`."""
        await self._change(_SWITCH, {"rule": clean(rule), "to": to, "begins": json_texts(sorted(begins))})

    async def switches(self) -> dict[str, Switch]:
        """See `ports.Store.switches`."""
        return dict(await self._ask(_SWITCHES))

    async def live_runs(self, rule: str) -> list[Resting]:
        """See `ports.Store.live_runs`."""
        return [Resting(*row) for row in await self._ask(_LIVE_RUNS, {"rule": clean(rule)})]
