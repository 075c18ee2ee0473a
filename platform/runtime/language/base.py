"""The stored files of a workspace as a question sees them, and what they are checked against. Owns no storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from treadle.dsl.catalogue import Account
from treadle.runtime.drafts.records import Drafts
from treadle.runtime.drafts.working import etag, revision, working_etags
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
    """Finds the stored files of a workspace; their texts are read again when one of them has changed."""

    def __init__(self) -> None:
        self._revision = ""
        self._files: Mapping[str, str] = {}

    async def now(self, engine: Engine) -> Base:
        """The workspace of now. Raises `StoreDown`."""
        await self._look(Drafts(engine.database.pool, engine.database.store.workspace_id))
        world = await engine.world()
        return Base(self._revision, self._files, tuple(engine.live.programs()), world.accounts, world.zone)

    async def _look(self, drafts: Drafts) -> None:
        if revision(working_etags(await drafts.files())) != self._revision:
            files = await drafts.texts()
            self._revision, self._files = revision({path: etag(text) for path, text in files.items()}), files
