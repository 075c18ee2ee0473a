"""Groups of people, beside their roles: whom rules ask."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from treadle.runtime.people.auditlog import write
from treadle.runtime.people.pages import page
from treadle.runtime.people.records import Group, NewEntry
from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Ask, Statements

_ADD, _LOCK, _EMPTY, _FILL = query("add_group"), query("lock_group"), query("empty_group"), query("fill_group")
_REMOVE = query("remove_group")


class GroupTaken(Exception):
    """There is a group of this name already."""


class NoMember(Exception):
    """Somebody who is to be in the group is no member of the workspace."""


class Groups(Statements):
    """Methods of `People` about groups."""

    async def groups(self, *, before: UUID | None = None, limit: int = 50) -> list[Group]:
        """Groups, newest first."""
        return await self._groups({b"id < %(id)s": before}, before, limit)

    async def group(self, id: UUID) -> Group | None:
        """One group."""
        found = await self._groups({b"id = %(id)s": id}, id, 1)
        return found[0] if found else None

    async def _groups(self, filters: dict[bytes, UUID | None], id: UUID | None, limit: int) -> list[Group]:
        rows = await self._ask(page("groups", filters), {"id": id, "limit": limit})
        return [Group(id=row[0], name=row[1], members=row[2]) for row in rows]

    async def add_group(self, group: Group, entry: NewEntry) -> None:
        """Make a group with its members. Raises `GroupTaken` and `NoMember`."""

        async def work(ask: Ask) -> None:
            if not await ask(_ADD, {"id": group.id, "name": clean(group.name)}):
                raise GroupTaken(group.name)
            await _fill(ask, group.id, group.members)
            await write(ask, entry)

        await self._together(work)

    async def set_members(self, id: UUID, members: Sequence[UUID], entry: NewEntry) -> None:
        """Put these people into the group, and nobody else. Raises `NoMember`, and `KeyError` for no group."""

        async def work(ask: Ask) -> None:
            if not await ask(_LOCK, {"id": id}):
                raise KeyError(id)
            await ask(_EMPTY, {"id": id})
            await _fill(ask, id, members)
            await write(ask, entry)

        await self._together(work)

    async def hold_group(self, id: UUID) -> None:
        """Let nobody else change a group before the commit that this is part of. Raises `KeyError` for none."""
        if not await self._ask(_LOCK, {"id": id}):
            raise KeyError(id)

    async def remove_group(self, id: UUID, entry: NewEntry) -> None:
        """Remove a group. Raises `KeyError` for none."""

        async def work(ask: Ask) -> None:
            if not await ask(_LOCK, {"id": id}):
                raise KeyError(id)
            await ask(_REMOVE, {"id": id})
            await write(ask, entry)

        await self._together(work)


async def _fill(ask: Ask, id: UUID, members: Sequence[UUID]) -> None:
    wanted = set(members)
    filled = await ask(_FILL, {"id": id, "members": [str(each) for each in wanted]})
    if len(filled) != len(wanted):
        raise NoMember
