"""The stored files of a workspace as a question sees them, and what they are checked against. Owns no storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import Account
from treadle.runtime.drafts.records import Drafts
from treadle.runtime.drafts.working import etag, revision
from treadle.runtime.machine.program import Program

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine


class Base(msgspec.Struct, frozen=True):
    """`revision` names these files, texts by path: the live ones, overlaid by drafts. `programs` are those that
    are live, from which steps have their ids.
    """

    revision: str
    files: Mapping[str, str]
    programs: tuple[Program, ...]
    accounts: Mapping[str, Account]
    zone: str


class Bases:
    """Finds the stored files of workspaces; their texts are read again when one of them has changed."""

    def __init__(self) -> None:
        self._read: dict[UUID, tuple[str, str, Mapping[str, str]]] = {}

    async def now(self, engine: Engine) -> Base:
        """The workspace of now. Raises `StoreDown`."""
        _, named, files = await self._files(Drafts(engine.database.pool, engine.database.store.workspace_id))
        world = await engine.world()
        return Base(named, files, tuple(engine.live.programs()), world.accounts, world.zone)

    async def _files(self, stored: Drafts) -> tuple[str, str, Mapping[str, str]]:
        """Their mark, their revision, and they."""
        mark = await stored.mark()  # before the texts: what is newer than its mark is only read once more
        found = self._read.get(stored.workspace_id)
        if found is None or mark != found[0]:
            files = await stored.texts()
            found = mark, revision({path: etag(text) for path, text in files.items()}), files
            self._read[stored.workspace_id] = found
        return found
