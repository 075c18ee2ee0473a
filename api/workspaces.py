"""Which workspace a request is for, and the engine that serves it.

A secret names its workspace: an API key, an invitation, each session in the cookie, the address of a hook. A cookie may
hold sessions of several; then the header `Treadle-Workspace: SLUG` says which is meant, and without it the one that was
signed in to last. A workspace that one is not in answers like one that is not there. Owns no look at the store but for
a name that nobody here has heard of.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection, Request

from treadle.api.problems import Refused
from treadle.runtime.engine import Engine

HEADER = "treadle-workspace"

AnyConnection = ASGIConnection[Any, Any, Any, Any]

_STATE = "engine"


def entered(connection: AnyConnection, engine: Engine) -> None:
    """The request is for the workspace of this engine."""
    scope: Any = connection.scope
    scope["state"][_STATE] = engine


def engine_in(scope: Any, main: Engine) -> Engine:
    """The engine of the workspace that a request is for; `main` where it is for none in particular."""
    found: Engine = scope["state"].get(_STATE, main)
    return found


async def engine_of(engine: Engine, workspace: UUID) -> Engine | None:
    """The engine of a workspace, from any other; None where there is no such workspace. Raises `StoreDown`."""
    here = engine.installation
    return here.engine(workspace) or await here.opened(workspace)


async def named(engine: Engine, connection: AnyConnection) -> UUID | None:
    """The workspace that the header names; None without one. Raises `Refused` (401) for one that is not there."""
    slug = connection.headers.get(HEADER)
    if slug is None:
        return None
    if (found := await engine.installation.named(slug)) is None:
        raise outside(slug)
    return found.id


async def engine_named(engine: Engine, request: Request[Any, Any, Any]) -> Engine | None:
    """The engine of the workspace that the header names, the first one's without; None where there is none."""
    return await engine_called(engine, request.headers.get(HEADER, ""))


async def engine_called(engine: Engine, slug: str) -> Engine | None:
    """The engine of the workspace of this slug, the first one's for an empty one; None where there is none."""
    if not slug:
        return engine.installation.main
    found = await engine.installation.named(slug)
    return await engine_of(engine, found.id) if found else None


def outside(slug: str) -> Refused:
    """The answer to who names a workspace that is not there, or that they are not in."""
    return Refused("key_missing", f"This is no key of the workspace {slug[:40]!r}, and nobody is signed in to it.")
