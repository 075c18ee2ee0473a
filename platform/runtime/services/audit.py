"""The audit log: who may read it, and how the other services write into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import people_of
from treadle.runtime.people.records import AuditEntry, AuditFilter, NewEntry


async def listed(engine: Engine, who: Principal, filter: AuditFilter) -> list[AuditEntry]:
    """Entries, newest first. Raises `Forbidden`."""
    who.require("administer")
    return await people_of(engine).audit(filter)


async def noted(
    engine: Engine, who: Principal, what: str, object: str | None, detail: Mapping[str, Any] | None = None
) -> None:
    """Write down a change that is made: `what` is like `run.cancelled`; `detail` holds no secrets and is redacted."""
    await people_of(engine).note(entry(engine, who, what, object, detail))


def entry(
    engine: Engine, who: Principal, what: str, object: str | None, detail: Mapping[str, Any] | None = None
) -> NewEntry:
    """The entry about a change, to be written in the same commit."""
    told = {name: value for name, value in (detail or {}).items() if value is not None}
    return NewEntry(
        id=new_id(),
        who_kind=who.kind,
        who_id=who.id,
        who_name=who.name,
        what=what,
        object=object,
        detail=msgspec.json.encode(engine.redactor.data(told)),
    )
