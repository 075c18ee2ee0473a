"""The audit log: who may read it, and how the other services write into it.

Every change is in one commit with its entry. What is stored about people takes the entry with it (`entry`); every other
change is made within `audited`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import people_of
from treadle.runtime.people.auditfiles import Form, head, lines
from treadle.runtime.people.records import AuditEntry, AuditFilter, NewEntry

T = TypeVar("T")
PIECE = 500
"""Entries that are read at once for a file."""


class Told(NamedTuple):
    """What an entry tells: `what` is like `run.cancelled`; `detail` holds no secrets and is redacted."""

    what: str
    object: str | None
    detail: Mapping[str, Any] | None = None


async def listed(engine: Engine, who: Principal, filter: AuditFilter) -> list[AuditEntry]:
    """Entries, newest first. Raises `Forbidden`."""
    who.require("administer")
    return await people_of(engine).audit(filter)


async def exported(engine: Engine, who: Principal, filter: AuditFilter, form: Form) -> AsyncIterator[bytes]:
    """All entries as a file, newest first, in pieces. Raises `Forbidden`, before the first."""
    who.require("administer")
    return _pieces(engine, filter, form)


async def _pieces(engine: Engine, filter: AuditFilter, form: Form) -> AsyncIterator[bytes]:
    yield head(form)
    wanted = msgspec.structs.replace(filter, limit=PIECE)
    while found := await people_of(engine).audit(wanted):
        yield lines(form, found)
        if len(found) < PIECE:
            return
        wanted = msgspec.structs.replace(wanted, before=found[-1].id)


async def audited(
    engine: Engine, who: Principal, change: Callable[[], Awaitable[T]], told: Callable[[T], Told | None]
) -> T:
    """What `change` gives; it and the entry about it are one commit, so neither is there without the other. `told`
    makes the entry of what it gave, None where nothing was changed. `change` asks nothing but the store, and may be
    done again; whoever has to hear of it is told afterwards. Raises what it raises; nothing was changed then.
    """
    people = people_of(engine)

    async def both() -> T:
        done = await change()
        if (about := told(done)) is not None:
            await people.note(entry(engine, who, *about))
        return done

    return await people.as_one(both)


async def noted(engine: Engine, who: Principal, told: Told) -> None:
    """Write an entry about what is no change of ours: something taken away, or asked for elsewhere."""
    await people_of(engine).note(entry(engine, who, *told))


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
