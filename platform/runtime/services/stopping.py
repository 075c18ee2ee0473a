"""Ending the runs of a sequence, all of them or those of one key; also of one that is not live any more."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from treadle.runtime.access import Principal
from treadle.runtime.byhand import sequence_of
from treadle.runtime.cancelling import by_whom
from treadle.runtime.deciders import keys_written
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.ports import Fault, RunFilter, RunStatus
from treadle.runtime.services.audit import Told, audited

_LIVE: tuple[RunStatus, ...] = ("matching", "running", "waiting", "unknown")
_AT_ONCE = 1_000


async def stopped(
    engine: Engine,
    who: Principal,
    name: str,
    *,
    key: str | None = None,
    said: str | None = None,
    reason: str | None = None,
) -> int:
    """End every run of the sequence that lives, each before its next step; how many. A call that is under way is waited
    for. Raises `Forbidden`, and `SequenceUnknown` where nothing of that name lives.
    """
    who.require("operate")
    await engine.live.refresh()
    by, why = new_id(), Fault("cancelled", by_whom(f'{who.called(said)} stopped "{name}"', reason))

    async def order() -> int:
        count = 0
        for status in _LIVE:
            count += await _ordered(engine, RunFilter(rule=name, status=status, keys=_keys(key)), by, why)
        return count

    detail = {"key": key, "reason": reason}
    count = await audited(
        engine, who, order, lambda count: Told("sequence.stopped", name, {**detail, "runs": count}) if count else None
    )
    if not count and engine.live.sequence(name) is None:
        sequence_of(engine.live, name)
    engine.bell.ring()
    return count


def _keys(key: str | None) -> tuple[str, ...]:
    return () if key is None else tuple(keys_written(key))


async def _ordered(engine: Engine, asked: RunFilter, by: UUID, why: Fault) -> int:
    count, page = 0, replace(asked, limit=_AT_ONCE)
    while True:
        rows = await engine.store.runs(page)
        mine = [row.id for row in rows if row.kind == "sequence"]
        if mine:
            count += len(await engine.store.order_end(mine, by, why))
        if len(rows) < _AT_ONCE:
            return count
        page = replace(page, before=rows[-1].id)
