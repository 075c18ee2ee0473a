"""The audit log: who changed what. It is only ever added to; the app's role may do nothing else to it."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.runtime.people.pages import page
from treadle.runtime.people.records import AuditEntry, AuditFilter, NewEntry
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_WRITE, _REFUSED = query("write_audit"), query("note_refused")

REFUSALS = 100
"""Refused sign-ins that are written down in a minute, all together; of one account from one address it is one."""


async def write(ask: Ask, entry: NewEntry) -> None:
    """Write an entry in the commit of the change that it tells of."""
    await ask(_WRITE, _params(entry))


class AuditLog(Statements):
    """Methods of `People` about the audit log."""

    async def note(self, entry: NewEntry) -> None:
        """Write an entry in a commit of its own, about a change that is made already."""
        await self._change(_WRITE, _params(entry))

    async def note_refused(self, entry: NewEntry) -> None:
        """Write down that a sign-in was refused, unless the log has enough of that."""
        await self._change(_REFUSED, _params(entry) | {"most": REFUSALS})

    async def audit(self, filter: AuditFilter) -> list[AuditEntry]:
        """Entries, newest first."""
        filters = {
            b"id < %(before)s": filter.before,
            b"what = %(what)s": filter.what,
            b"object = %(object)s": filter.object,
            b"who_name = %(who)s": filter.who,
            b"at >= %(since)s": filter.since,
            b"at < %(until)s": filter.until,
        }
        rows = await self._ask(page("audit", filters), _texts(msgspec.structs.asdict(filter)))
        return [_entry(row) for row in rows]


def _params(entry: NewEntry) -> dict[str, Any]:
    return _texts(msgspec.structs.asdict(entry))


def _texts(params: dict[str, Any]) -> dict[str, Any]:
    return {name: clean(value) if isinstance(value, str) else value for name, value in params.items()}


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    *plain, detail = row
    names = ("id", "at", "who_kind", "who_id", "who_name", "what", "object")
    return AuditEntry(**dict(zip(names, plain, strict=True)), detail=msgspec.json.decode(detail))
