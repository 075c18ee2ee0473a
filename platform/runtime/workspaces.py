"""The workspaces of an installation, as they are stored: which there are, which have work, making one, its names.

What reaches over all of them tells that they are there and nothing of what is in them. Owns no engine.
"""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

from treadle.runtime.queries import query
from treadle.runtime.store.parameters import clean
from treadle.runtime.store.statements import Statements

SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
"""What a slug may be."""

_ALL, _DUE = query("all_workspaces"), query("due_workspaces")
_MAKE, _RENAME = query("make_workspace"), query("rename_workspace")


class SlugTaken(Exception):
    """Another workspace has this slug."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace: `slug` is what requests and commands call it, `name` what people do. `live` and `changed` become
    others whenever what an engine keeps in memory is to be read again.
    """

    id: UUID
    slug: str
    name: str
    created_at: datetime
    live: UUID | None
    changed: int


class Workspaces(Statements):
    """The workspaces, asked from one of them. Every verb raises `StoreDown`."""

    async def all(self) -> list[Workspace]:
        """Every one, the oldest first."""
        names = ("id", "slug", "name", "created_at", "live", "changed")
        return [Workspace(**dict(zip(names, row, strict=True))) for row in await self._ask(_ALL)]

    async def due(self) -> set[UUID]:
        """Those in which something is due that no worker has begun."""
        return {id_ for (id_,) in await self._ask(_DUE)}

    async def make(self, slug: str, name: str) -> None:
        """Make the one that this is asked from. Raises `SlugTaken`."""
        if not await self._change(_MAKE, {"id": self.workspace_id, "slug": slug, "name": clean(name)}):
            raise SlugTaken(slug)

    async def rename(self, slug: str, name: str) -> None:
        """Give the one that this is asked from these names. Raises `SlugTaken`."""
        if not await self._change(_RENAME, {"id": self.workspace_id, "slug": slug, "name": clean(name)}):
            raise SlugTaken(slug)
