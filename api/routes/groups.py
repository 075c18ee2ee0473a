"""`/groups`: people whom rules ask together."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.etags import IfMatch, quoted, wants
from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Limit, PlainName
from treadle.api.problems import Refused
from treadle.api.translating import told
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.people.groups import GroupTaken, NoMember
from treadle.runtime.people.records import Group
from treadle.runtime.services import groups
from treadle.runtime.services.tags import tag

Members = Annotated[list[UUID], msgspec.Meta(max_length=1000, description="Ids of members of the workspace.")]


class GroupPage(Page[Group], frozen=True):
    """A page of groups."""


class NewGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group to make, under the name that rules call it by."""

    name: PlainName
    members: Members = []


class GroupMembers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is in a group from now on."""

    members: Members


@get("/", summary="Groups, newest first")
async def list_groups(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> GroupPage:
    """Each group with the ids of its members."""
    found = await groups.listed(engine, who, before=before(cursor), limit=limit + 1)
    return GroupPage(*cut(found, limit, lambda group: group.id))


@get("/{group_id:uuid}", summary="A group", codes=("group_unknown",))
async def get_group(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], group_id: FromPath[UUID]
) -> Response[Group]:
    """One group with the ids of its members."""
    try:
        group = await groups.found(engine, who, group_id)
    except KeyError:
        raise unknown(group_id) from None
    return Response(group, headers=quoted(tag(group)))


@post("/", status_code=201, summary="Make a group", codes=("name_taken", "not_a_member"))
async def make_group(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[NewGroup]
) -> Group:
    """A group decides what rules ask it with `approve ... by "NAME"`. Names of roles are taken."""
    try:
        return await groups.made(engine, who, data.name, data.members)
    except GroupTaken:
        raise Refused("name_taken", f"There is a group or a role {data.name!r} already.") from None
    except NoMember:
        raise no_member() from None


@put(
    "/{group_id:uuid}",
    status_code=200,
    summary="Say who is in a group",
    codes=("group_unknown", "not_a_member", "changed_meanwhile"),
)
async def fill_group(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    group_id: FromPath[UUID],
    data: JSONBody[GroupMembers],
    if_match: IfMatch = None,
) -> Response[Group]:
    """These people and nobody else."""
    try:
        with told():
            group = await groups.filled(engine, who, group_id, data.members, wants(if_match))
    except KeyError:
        raise unknown(group_id) from None
    except NoMember:
        raise no_member() from None
    return Response(group, headers=quoted(tag(group)))


@delete("/{group_id:uuid}", status_code=204, summary="Remove a group", codes=("group_unknown",))
async def remove_group(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], group_id: FromPath[UUID]
) -> None:
    """Its members stay members of the workspace. What rules ask it, keys that may administer still decide."""
    try:
        await groups.removed(engine, who, group_id)
    except KeyError:
        raise unknown(group_id) from None


def unknown(group_id: UUID) -> Refused:
    """The answer about a group that is not there."""
    return Refused("group_unknown", f"There is no group {group_id}.")


def no_member() -> Refused:
    """The answer to a group with a stranger in it."""
    return Refused("not_a_member", "Somebody in `members` is no member of this workspace.")


router = Router(
    "/groups", route_handlers=[list_groups, get_group, make_group, fill_group, remove_group], tags=["People"]
)
