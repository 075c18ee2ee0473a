"""Signals as rows, and the one statement that writes them and wakes who is told. For parts of a commit."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from treadle.runtime.ports import Fault
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import json_array, json_rows
from treadle.runtime.store.statements import Ask

_SIGNAL = query("signal")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One signal. `source` is what it tells of; the same of the same source is told once. Kinds: see `ports.Signal`."""

    run_id: UUID
    kind: str
    source: UUID
    slot: str = ""
    data: bytes | None = None
    fault: Fault | None = None


class _Row(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    run_id: UUID
    kind: str
    source: UUID
    slot: str
    fault_code: str | None = None
    fault_message: str | None = None


async def tell(ask: Ask, told: Sequence[Told]) -> None:
    """Write the signals of those runs that live, and make these due unless a worker has them."""
    if told:
        await ask(_SIGNAL, {"told": json_rows([_row(each) for each in told]), "data": json_array(e.data for e in told)})


def _row(told: Told) -> _Row:
    return _Row(
        run_id=told.run_id,
        kind=told.kind,
        source=told.source,
        slot=told.slot,
        fault_code=told.fault.code if told.fault else None,
        fault_message=told.fault.message if told.fault else None,
    )
