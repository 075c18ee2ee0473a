"""How fast a backtest replays: ten rules of a sales team over recorded leads, one rule of them changed.

The past is in memory, so what is measured is the replaying: two versions on a virtual clock, every decision and every
effect compared. Of an event some rules fire; one of them asks for what was recorded, one waits, one counts by a key.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from bench.figures import Figure, figure
from bench.processes import HarnessError
from treadle.dsl import values
from treadle.dsl.catalogue import Catalogue
from treadle.dsl.facade import compile_files
from treadle.runtime.backtest.past import PastRun, StorePast
from treadle.runtime.backtest.replaying import Plan, backtest
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.ids import first_id
from treadle.runtime.ports import StoredEvent
from treadle.runtime.store.memory import MemoryStore

_START = datetime(2026, 11, 2, tzinfo=UTC)
_APART = timedelta(seconds=40)

_HEAD = "event lead\n  id: int\n  price: number\n  source: text\n\nevent noticed\n  id: int\n\n"
_RULE = """rule "R{n}"
  when lead as lead
  where lead.price > {price} and lead.source == "source {n}"
{clause}  do
{body}
"""
_CLAUSES = ("", "  once per lead.id within 1 day\n", "  at most 100 per 1 hour per lead.source\n", "", "")
_BODIES = (
    "    emit noticed {id: lead.id}\n",
    '    log "{lead.id}"\n    emit noticed {id: lead.id}\n',
    "    if lead.price > 500\n      emit noticed {id: lead.id}\n",
    "    wait 10 min\n    emit noticed {id: lead.id}\n",
    '    log "{lead.source}"\n',
)


class _Past(StorePast):
    """These events; nobody had rules for them then."""

    def __init__(self, events: list[StoredEvent]) -> None:
        super().__init__(MemoryStore())
        self._recorded = events
        self._places = {each.id: place for place, each in enumerate(events)}

    async def events(self, since: datetime, until: datetime, behind: UUID | None, limit: int) -> list[StoredEvent]:
        first = self._places[behind] + 1 if behind else 0
        return self._recorded[first : first + limit]

    async def runs_of(self, event_ids: Collection[UUID]) -> list[PastRun]:
        return []


def measure(events: int) -> list[Figure]:
    """Events a second, by the processor time of this process. Raises HarnessError when the answer is wrong."""
    recorded = [_event(number) for number in range(events)]
    plan = Plan(
        since=_START,
        until=_START + events * _APART,
        then=_version(100),
        now=_version(200),
        setting=Setting(Catalogue()),
    )
    began = time.process_time()
    report = asyncio.run(backtest(plan, _Past(recorded)))
    took = time.process_time() - began
    if report.events != events or not report.differ:
        raise HarnessError(f"the backtest found {report.differ} differences in {report.events} events")
    return [figure("backtest.events_per_s", events / took, "events/s")]


def _version(price: int) -> Version:
    text = _HEAD + "".join(_rule(number, price if number == 3 else 100) for number in range(10))
    compiled = compile_files({"leads.rule": text}, Catalogue())
    if compiled.program is None:
        raise HarnessError(f"the rules have errors: {compiled.errors[0].message}")
    return Version(compiled.program.graphs)


def _rule(number: int, price: int) -> str:
    clause, body = _CLAUSES[number % 5], _BODIES[number % 5]
    return _RULE.format(n=number, price=price, clause=clause, body=body)


def _event(number: int) -> StoredEvent:
    at = _START + number * _APART
    data = {"id": number % 997, "price": number % 1000, "source": f"source {number % 12}"}
    return StoredEvent(id=first_id(at), trigger="event.lead", data=values.encode(data), received_at=at)
