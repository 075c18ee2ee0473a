"""Starting sequences, one run or one for each row of a list: who may, and what is said about lists."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from treadle.dsl import values
from treadle.runtime.access import Principal
from treadle.runtime.bulk import numbered
from treadle.runtime.bulkrecords import BulkRow, NewBulk, Refusal
from treadle.runtime.byhand import given, sequence_of
from treadle.runtime.csvrows import rows_of
from treadle.runtime.engine import Engine
from treadle.runtime.ports import Origin
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.starting import run_of

MOST_ROWS = 100_000


class RowsInvalid(Exception):
    """The list cannot be taken; one sentence."""


async def started(engine: Engine, who: Principal, name: str, args: Mapping[str, Any], run_id: UUID) -> UUID:
    """Start a sequence with plain JSON data by parameter, once for a run's id. Raises `Forbidden`, `StartInvalid`."""
    who.require("operate")
    await engine.live.refresh()
    program = sequence_of(engine.live, name)
    run = replace(run_of(program, given(program, args)), id=run_id)
    origin = Origin(None, values.encode(dict(args)))
    told = Told("run.started", str(run_id), {"sequence": name})
    await audited(engine, who, lambda: engine.store.begin(run, origin), lambda _: told)
    engine.bell.ring()
    return run_id


async def in_bulk(
    engine: Engine, who: Principal, name: str, rows: Sequence[bytes] | str, *, per_minute: float, bulk_id: UUID
) -> BulkRow:
    """Keep a list, whose rows workers start one after the other: JSON objects, or a table as CSV text. The same id
    again is the same list. Raises `Forbidden`, `StartInvalid`, `CsvInvalid` and `RowsInvalid`.
    """
    who.require("operate")
    await engine.live.refresh()
    graph = sequence_of(engine.live, name).graph
    if isinstance(rows, str):
        types = {each: graph.names[each] for each in graph.params}
        rows = await asyncio.to_thread(lambda text: list(rows_of(text, types)), rows)
    if not 1 <= len(rows) <= MOST_ROWS:
        raise RowsInvalid(f"a list has 1 to {MOST_ROWS:,} rows, this one {len(rows):,}")
    new = NewBulk(id=bulk_id, sequence=name, per_minute=per_minute, who=who.name, rows=tuple(rows))
    told = Told("starts.begun", str(bulk_id), {"sequence": name, "rows": len(rows), "per_minute": per_minute})
    return await audited(engine, who, lambda: engine.store.begin_bulk(new), lambda _: told)


async def listed(engine: Engine, who: Principal, before: UUID | None, limit: int) -> list[BulkRow]:
    """Lists, newest first. Raises `Forbidden`."""
    who.require("read")
    return await engine.store.bulks(before, limit)


async def found(engine: Engine, who: Principal, bulk_id: UUID) -> BulkRow:
    """How far a list is. Raises `Forbidden`, and `KeyError` for none."""
    who.require("read")
    return _there(await engine.store.bulk(bulk_id), bulk_id)


async def refusals(engine: Engine, who: Principal, bulk_id: UUID, behind: int, limit: int) -> list[Refusal]:
    """Rows of a list that were refused, counted from 1, those behind one. Raises `Forbidden`, and `KeyError` for no
    list.
    """
    who.require("read")
    _there(await engine.store.bulk(bulk_id), bulk_id)
    return numbered(await engine.store.refusals(bulk_id, behind - 1, limit))


async def paused(engine: Engine, who: Principal, bulk_id: UUID) -> BulkRow:
    """Start nothing of a list until it is resumed. Raises `Forbidden`, and `KeyError` for none."""
    who.require("operate")
    return await _ordered(engine, who, bulk_id, "starts.paused", lambda: engine.store.pause_bulk(bulk_id))


async def resumed(engine: Engine, who: Principal, bulk_id: UUID) -> BulkRow:
    """Go on with a list that was paused. Raises `Forbidden`, and `KeyError` for none."""
    who.require("operate")
    return await _ordered(engine, who, bulk_id, "starts.resumed", lambda: engine.store.resume_bulk(bulk_id))


async def cancelled(engine: Engine, who: Principal, bulk_id: UUID) -> BulkRow:
    """Start nothing more of a list. Raises `Forbidden`, and `KeyError` for none."""
    who.require("operate")
    return await _ordered(engine, who, bulk_id, "starts.cancelled", lambda: engine.store.cancel_bulk(bulk_id))


async def _ordered(
    engine: Engine, who: Principal, bulk_id: UUID, what: str, change: Callable[[], Awaitable[BulkRow | None]]
) -> BulkRow:
    def told(row: BulkRow | None) -> Told | None:
        return Told(what, str(bulk_id), {"sequence": row.sequence}) if row else None

    return _there(await audited(engine, who, change, told), bulk_id)


def _there(row: BulkRow | None, bulk_id: UUID) -> BulkRow:
    if row is None:
        raise KeyError(bulk_id)
    return row
