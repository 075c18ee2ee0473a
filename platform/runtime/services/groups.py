"""Groups of members: whom `approve ... by "NAME"` asks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from treadle.runtime.access import RIGHTS, Principal
from treadle.runtime.drafts.records import NOTHING
from treadle.runtime.drafts.working import Wants
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.people import people_of
from treadle.runtime.people.groups import GroupTaken
from treadle.runtime.people.records import Group
from treadle.runtime.services.audit import entry
from treadle.runtime.services.tags import tag


async def listed(engine: Engine, who: Principal, *, before: UUID | None, limit: int) -> list[Group]:
    """Groups, newest first. Raises `Forbidden`."""
    who.require("read")
    return await people_of(engine).groups(before=before, limit=limit)


async def found(engine: Engine, who: Principal, group_id: UUID) -> Group:
    """One group. Raises `Forbidden`, and `KeyError` for none."""
    who.require("read")
    return _there(await people_of(engine).group(group_id), group_id)


async def made(engine: Engine, who: Principal, name: str, members: Sequence[UUID]) -> Group:
    """Make a group. Raises `Forbidden`, `NoMember`, and `GroupTaken`, also for the name of a role."""
    who.require("administer")
    if name in RIGHTS:
        raise GroupTaken(name)
    group = Group(id=new_id(), name=name, members=sorted(set(members)))
    told = {"name": name, "members": [str(each) for each in group.members]}
    await people_of(engine).add_group(group, entry(engine, who, "group.made", str(group.id), told))
    return group


async def filled(
    engine: Engine, who: Principal, group_id: UUID, members: Sequence[UUID], wants: Wants = NOTHING
) -> Group:
    """Put these people into a group, and nobody else. Raises `Forbidden`, `NoMember`, `Stale`, and `KeyError` for no
    group.
    """
    who.require("administer")
    people, told = people_of(engine), {"members": sorted({str(each) for each in members})}

    async def change() -> Group:
        await people.hold_group(group_id)
        before = _there(await people.group(group_id), group_id)
        wants.check(f"the group {before.name}", tag(before))
        await people.set_members(group_id, members, entry(engine, who, "group.filled", str(group_id), told))
        return _there(await people.group(group_id), group_id)

    return await people.together(change)


async def removed(engine: Engine, who: Principal, group_id: UUID) -> None:
    """Remove a group. Raises `Forbidden`, and `KeyError` for none."""
    who.require("administer")
    await people_of(engine).remove_group(group_id, entry(engine, who, "group.removed", str(group_id)))


def _there(group: Group | None, group_id: UUID) -> Group:
    if group is None:
        raise KeyError(group_id)
    return group
