"""Starting a sequence for each row of a list, paced, in every worker. Owns the pace, the loop, and what a row becomes.

A worker takes the next rows of a list that is due, and starts them in the commit that counts them: so each row is
started once, whoever dies. The ids of the runs follow from the list, the row and the planned instant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import msgspec
import structlog
from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.bulkrecords import BATCH, BulkBatch, BulkStart, BulkStep, Refusal
from treadle.runtime.byhand import StartInvalid, given, sequence_of
from treadle.runtime.crashpoints import reach
from treadle.runtime.ids import derived_id
from treadle.runtime.live import LiveRules
from treadle.runtime.machine.program import Program
from treadle.runtime.ports import Origin, Store, StoreDown
from treadle.runtime.starting import run_of

_AGAIN = timedelta(seconds=30)
"""After so long a list whose sequence is not live is looked at again."""
_LATE = timedelta(seconds=1)
"""What was missed beyond this is not made up for: the pace is a promise to whoever is called."""
_SHORTEST = 0.02  # seconds between two batches, so that those who work come first


class BulkStarter:
    """Starts what is due. `started` is called whenever runs were started. After `lease` seconds another worker takes
    rows over that one took and did not write.
    """

    def __init__(self, store: Store, live: LiveRules, started: Callable[[], None], lease: float) -> None:
        self._store = store
        self._live = live
        self._started = started
        self._lease = lease

    async def run(self, every: float) -> NoReturn:
        """Start until it is cancelled; a new list is noticed within `every` seconds."""
        while True:
            try:
                pause = min(every, await self.once())
            except Exception as error:
                fault = None if isinstance(error, StoreDown) else error
                log = structlog.get_logger("treadle.bulk")
                log.warning("bulk_failed", error=type(error).__name__, exc_info=fault)
                pause = every
            await asyncio.sleep(pause)

    async def once(self) -> float:
        """The next rows of one list; the seconds until it is due again, more than any where nothing is."""
        batch = await self._store.due_bulk(self._lease)
        if batch is None:
            return float("inf")
        reach("after_rows")
        step = step_of(self._live, batch)
        if await self._store.step_bulk(step) and step.starts:
            reach("after_starts")
            self._started()
        return max(_SHORTEST, (step.planned_at - batch.now).total_seconds())


def step_of(live: LiveRules, batch: BulkBatch) -> BulkStep:
    """What becomes of the next rows: as many of them as the pace lets start in a second."""
    try:
        program = sequence_of(live, batch.sequence)
    except StartInvalid as invalid:
        return BulkStep(id=batch.id, first=batch.first, planned_at=batch.now + _AGAIN, held=f"{invalid}.")
    rows = batch.rows[: at_once(batch.per_minute)]
    starts: list[BulkStart] = []
    refused: list[Refusal] = []
    for number, row in enumerate(rows, batch.first):
        made = _made(program, batch, number, row, planned_next(batch, len(starts)))
        if isinstance(made, Refusal):
            refused.append(made)
        else:
            starts.append(made)
    return BulkStep(
        id=batch.id,
        first=batch.first,
        starts=tuple(starts),
        refused=tuple(refused),
        planned_at=planned_next(batch, len(starts)),
    )


def at_once(per_minute: float) -> int:
    """How many rows are looked at together."""
    return max(1, min(BATCH, int(per_minute / 60)))


def planned_next(batch: BulkBatch, started: int) -> datetime:
    """When the row behind those comes; what was refused takes no time."""
    return max(batch.planned_at, batch.now - _LATE) + timedelta(minutes=started / batch.per_minute)


def _made(program: Program, batch: BulkBatch, number: int, row: msgspec.Raw, at: datetime) -> BulkStart | Refusal:
    args = _read(row)
    if not isinstance(args, dict):
        return Refusal(number, "the row is no JSON object")
    try:
        revived = given(program, args)
    except StartInvalid as invalid:
        return Refusal(number, f"{invalid}")
    run = replace(run_of(program, revived), id=derived_id(at, batch.id, number))
    return BulkStart(run, Origin(None, bytes(row), batch.id))


def _read(row: msgspec.Raw) -> Any:
    try:
        return values.decode(bytes(row))
    except (ValueError, RecursionError):
        return None


def numbered(refused: Sequence[Refusal]) -> list[Refusal]:
    """As people count: the first row is 1."""
    return [Refusal(each.row + 1, each.reason) for each in refused]
