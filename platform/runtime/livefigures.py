"""Live figures beside what the files declare: how runs of late ended, where they wait, what models and limits took.

Reads only, by indexes, and bounded: beyond `MOST_LIVE` runs the figures are of so many. Owns no
meaning; what is asked for which rule is `services.declared`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from treadle.runtime.costs import NONE, Costs, Spent, totals
from treadle.runtime.figures.adding import add_up
from treadle.runtime.ids import first_id
from treadle.runtime.pools import Lines
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import json_ids, json_texts, line_of
from treadle.runtime.store.statements import Statements

SPAN = timedelta(hours=24)
MOST_LIVE = 10_000

_OUTCOMES, _LIVE, _LAST = query("outcomes"), query("live_counts"), query("last_runs")
_BEGUN, _SPENT, _PLACES = query("begun"), query("spent"), query("places")
_USED = query("windows_used")


class Lately(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one rule or sequence. The first four: those that began in the last 24 hours, by how they ended.

    `running`, `waiting` and `unknown` live now, whenever they began. `spent` is what their calls cost in those 24 hours
    (and what is left of the hour before), by currency, where they said.
    """

    done: int = 0
    failed: int = 0
    stopped: int = 0
    suppressed: int = 0
    running: int = 0
    waiting: int = 0
    unknown: int = 0
    last_run: UUID | None = None
    last_run_at: datetime | None = None
    spent: list[Spent] = []


class Charged(msgspec.Struct, frozen=True):
    """Calls that cost something in the runs of one rule: turns of an agent (`ask NAME`), or those of an action.
    `amount` is what they cost where they said so.
    """

    rule: str
    what: str
    currency: str
    calls: int
    amount: Decimal | None

    @property
    def agent(self) -> str | None:
        """Whose turns they are."""
        return self.what.removeprefix("ask ") if self.what.startswith("ask ") else None


class Place(msgspec.Struct, frozen=True):
    """Live runs of a rule or sequence that are at a step (None: at the end); `due` is when the first goes on."""

    rule: str
    step: str | None
    status: str
    runs: int
    due: datetime


class Window(msgspec.Struct, frozen=True):
    """A limit or a budget over so many seconds, as the runtime names it."""

    name: str
    seconds: float


class _Line(msgspec.Struct, frozen=True):
    line: UUID
    span: float


class Figures(Statements):
    """Asks for them. `costs` are what actions declare."""

    def __init__(self, pool: Lines, workspace_id: UUID, costs: Costs = NONE) -> None:
        super().__init__(pool, workspace_id)
        self._costs = costs

    async def lately(self, names: Iterable[str], now: datetime) -> dict[str, Lately]:
        """For each of these rules and sequences."""
        found: dict[str, dict[str, int]] = {name: {} for name in names}
        if not found:
            return {}
        last: dict[str, UUID] = {}
        for rule, outcome, count in await self._ask(_OUTCOMES, {"since": first_id(now - SPAN)}):
            if rule in found:
                found[rule][outcome] = count
        for rule, status, count, newest in await self._ask(_LIVE):
            if rule in found:
                kind = "running" if status == "matching" else status
                found[rule][kind] = found[rule].get(kind, 0) + count
                last[rule] = max(newest, last.get(rule, newest))
        for rule, newest in await self._ask(_LAST, {"names": json_texts(found)}):
            last[rule] = max(newest, last.get(rule, newest))
        began: dict[UUID, datetime] = dict(await self._ask(_BEGUN, {"ids": json_ids(last.values())}))
        spent = _by_rule(await self.charged(now))
        return {
            rule: Lately(
                **counts,
                last_run=last.get(rule),
                last_run_at=began.get(last[rule]) if rule in last else None,
                spent=totals(spent.get(rule, ())),
            )
            for rule, counts in found.items()
        }

    async def charged(self, now: datetime) -> list[Charged]:
        """What calls cost in the last 24 hours, as of some seconds ago."""
        await add_up(self._pool, self.workspace_id, self._costs)
        return [Charged(*row) for row in await self._ask(_SPENT, {"since": now - SPAN})]

    async def places(self, names: Iterable[str]) -> list[Place]:
        """Where the live runs of these rules and sequences are."""
        return [Place(*row) for row in await self._ask(_PLACES, {"names": json_texts(names), "most": MOST_LIVE})]

    async def used(self, windows: Sequence[Window]) -> dict[str, Decimal]:
        """How much of those without a key is used now, by name; what nobody used yet is left out."""
        lines = {line_of(self.workspace_id, "limit", each.name, "null"): each for each in windows}
        asked = [_Line(line, each.seconds) for line, each in lines.items()]
        rows = await self._ask(_USED, {"lines": msgspec.json.encode(asked)})
        return {lines[line].name: used for line, used in rows}


def _by_rule(charged: Sequence[Charged]) -> dict[str, list[Spent]]:
    spent: dict[str, list[Spent]] = {}
    for each in charged:
        if each.amount is not None:
            spent.setdefault(each.rule, []).append(Spent(each.amount, each.currency))
    return spent
