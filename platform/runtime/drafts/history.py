"""Publications as people look at them: who made which set live when, and what a file was in each.

Owns the reading; making one live is `treadle.runtime.publishing`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

_PAGE, _FILES, _TEXTS = query("publications"), query("publication_files"), query("publication_texts")
_BEFORE, _VERSIONS = query("publication_before"), query("file_versions")


class Made(msgspec.Struct, frozen=True):
    """A publication. `restores` is the earlier one whose files it took up again; `files` is how many it has. The
    platform's own, and those from before anybody was asked, have no `who`.
    """

    id: UUID
    at: datetime
    who: str | None
    comment: str | None
    restores: UUID | None
    live: bool
    files: int


class FileAt(msgspec.Struct, frozen=True):
    """A file in a publication. `bytes` counts those of its text in UTF-8."""

    path: str
    etag: str
    bytes: int


class Version(msgspec.Struct, frozen=True):
    """A publication that changed a file. `etag` is None where it took the file away."""

    publication: UUID
    at: datetime
    who: str | None
    comment: str | None
    etag: str | None


class History(Statements):
    """The publications of a workspace. Every method raises `StoreDown`."""

    async def page(self, before: UUID | None, limit: int) -> list[Made]:
        """Publications, newest first, from before this one."""
        return [Made(*row) for row in await self._ask(_PAGE, {"before": before, "only": None, "limit": limit})]

    async def one(self, id: UUID) -> Made | None:
        """One publication."""
        found = await self._ask(_PAGE, {"before": None, "only": id, "limit": 1})
        return Made(*found[0]) if found else None

    async def files(self, id: UUID) -> list[FileAt]:
        """The files of a publication, by path; none where there is no such publication."""
        return [FileAt(*row) for row in await self._ask(_FILES, {"id": id})]

    async def texts(self, id: UUID, path: str | None = None) -> dict[str, str]:
        """The texts of a publication by path, or the one of `path`."""
        return dict(await self._ask(_TEXTS, {"id": id, "path": path}))

    async def before(self, id: UUID) -> UUID | None:
        """The publication before this one."""
        found = await self._ask(_BEFORE, {"id": id})
        return found[0][0] if found else None

    async def versions(self, path: str, before: UUID | None, limit: int) -> list[Version]:
        """The publications that changed a file, newest first."""
        return [Version(*row) for row in await self._ask(_VERSIONS, {"path": path, "before": before, "limit": limit})]
