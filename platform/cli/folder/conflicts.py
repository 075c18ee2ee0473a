"""Files that changed both in the folder and live since they were last the same: told once, and kept as drafts.

The draft goes out from the version that both had, so that it cannot be published by accident over the live one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import click

from treadle.runtime.drafts.records import Drafts
from treadle.runtime.drafts.working import etag
from treadle.runtime.engine import Engine

WHO = "the watched folder"
_NO_VERSION = "none"


class Conflicts:
    """The open conflicts of one folder."""

    def __init__(self, engine: Engine, root: Path) -> None:
        self._drafts = Drafts(engine.database.pool, engine.database.store.workspace_id)
        self._root = root
        self._told: dict[str, str] = {}

    async def settle(self, paths: Collection[str], texts: Mapping[str, str], common: Mapping[str, str]) -> None:
        """These are all that are open; `texts` are the folder's, `common` the ETags that both had."""
        for path in paths:
            kept = await self._keep(path, texts[path], common.get(path, _NO_VERSION))
            if self._told.get(path) != etag(texts[path]):
                click.echo(self._sentence(path, kept=kept), err=True)
            self._told[path] = etag(texts[path])
        self._told = {path: told for path, told in self._told.items() if path in paths}
        for each in await self._drafts.files():
            if each.drafted and each.who == WHO and each.path not in paths:
                await self._drafts.discard(each.path)

    async def _keep(self, path: str, text: str, common: str) -> bool:
        """Whether it is a draft now; somebody else's is left alone."""
        found = await self._drafts.file(path)
        if found is not None and found[0].drafted and found[0].who != WHO and found[0].state != "published":
            return found[1] == text
        if found is None or found[1] != text:
            await self._drafts.write(path, text, WHO, base=common)
        return True

    def _sentence(self, path: str, *, kept: bool) -> str:
        draft = "yours lies there as a draft" if kept else "there is somebody else's draft of it there as well"
        return (
            f"conflict: {self._root / path} and the live {path} both changed since they were last the same. Nothing "
            f"was overwritten; {draft}. To take the live one, delete the file here; to take yours, publish it."
        )
