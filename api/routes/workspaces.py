"""`/workspaces`: which there are, making one, and what they are called."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.cookies import COOKIE, sessions_in
from treadle.api.idempotency import id_for
from treadle.api.parameters import PlainName
from treadle.api.problems import Refused
from treadle.api.workspaces import engine_of
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.people import people_of
from treadle.runtime.people.callers import by_session
from treadle.runtime.services import workspaces
from treadle.runtime.workspaces import SLUG, Workspace

Slug = Annotated[
    str,
    msgspec.Meta(
        max_length=40,
        pattern=f"^{SLUG.pattern}$",
        description="What requests and commands call it: small letters, digits and hyphens.",
        examples=["north"],
    ),
]


class WorkspaceView(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace; `current` is the one that the request was for."""

    id: UUID
    slug: str
    name: str
    created_at: datetime
    current: bool


class WorkspacePage(msgspec.Struct, frozen=True):
    """Workspaces, the oldest first."""

    items: list[WorkspaceView]


class NewWorkspace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workspace to make; without a `name` people call it by its slug."""

    slug: Slug
    name: PlainName | None = None


class WorkspaceNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a workspace is called from now on; what is left out stays."""

    slug: Slug | None = None
    name: PlainName | None = None


class MadeWorkspace(msgspec.Struct, frozen=True):
    """A new workspace. `key` is one of its own that may do everything in it, for a program that made it, shown this
    once; a person signs in to it with the email and password that they have here.
    """

    workspace: WorkspaceView
    key: str | None


@get("/", summary="Workspaces")
async def list_workspaces(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], request: Request[Any, Any, Any]
) -> WorkspacePage:
    """Those that this browser is signed in to, or the one of the key. Owners of the first workspace see all there are;
    what is in them is for their members alone.
    """
    found = {each.id: each for each in await workspaces.listed(engine, who)}
    if who.kind == "user":
        found |= {each.id: each for each in await _signed_in(engine, request.cookies.get(COOKIE))}
    return WorkspacePage([_view(found[id_], who) for id_ in sorted(found)])


@post("/", status_code=201, summary="Make a workspace", codes=("slug_taken",))
async def make_workspace(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    data: JSONBody[NewWorkspace],
) -> MadeWorkspace:
    """For owners of the first workspace. Whoever makes it is its first owner."""
    try:
        made = await workspaces.made(engine, who, id_for(request), data.slug, data.name or data.slug)
    except workspaces.SlugTaken:
        raise _taken(data.slug) from None
    return MadeWorkspace(_view(made.workspace, who), made.key)


@patch("/{slug:str}", summary="Rename a workspace", codes=("workspace_unknown", "slug_taken"))
async def rename_workspace(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    slug: FromPath[str],
    data: JSONBody[WorkspaceNames],
) -> WorkspaceView:
    """For owners of this very workspace. Keys, sessions and the addresses of hooks hold as before."""
    try:
        return _view(await workspaces.renamed(engine, who, slug, data.slug, data.name), who)
    except workspaces.SlugTaken:
        raise _taken(str(data.slug)) from None
    except KeyError:
        raise _unknown(slug) from None


async def _signed_in(engine: Engine, cookie: str | None) -> list[Workspace]:
    """The workspaces whose sessions in a cookie hold."""
    found = []
    for id_, token in sessions_in(cookie).items():
        here = await engine_of(engine, id_)
        if here is not None and await by_session(people_of(here), token) is not None:
            found.append(engine.installation.known[id_])
    return found


def _view(each: Workspace, who: Principal) -> WorkspaceView:
    current = each.id == who.workspace_id
    return WorkspaceView(id=each.id, slug=each.slug, name=each.name, created_at=each.created_at, current=current)


def _taken(slug: str) -> Refused:
    return Refused("slug_taken", f"There is a workspace {slug!r} already.")


def _unknown(slug: str) -> Refused:
    return Refused("workspace_unknown", f"There is no workspace {slug[:40]!r} here.")


router = Router("/workspaces", route_handlers=[list_workspaces, make_workspace, rename_workspace], tags=["People"])
