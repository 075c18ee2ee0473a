"""What a language process knows of each workspace, and so what it has to be told. Owns the difference."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from treadle.dsl.catalogue import PluginSpec
from treadle.runtime.language.base import Base
from treadle.runtime.language.messages import News

_AT_ONCE = 20  # graphs that are written down before others have their turn: about a millisecond


class _Known:
    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.accounts = b""
        self.zone = ""
        self.versions: tuple[str, ...] = ()


class Told:
    """One process's knowledge. `plugins` are those of this installation, which do not change while it runs."""

    def __init__(self, plugins: Mapping[str, PluginSpec]) -> None:
        self._plugins = plugins
        self._known: dict[UUID, _Known] = {}

    def keep(self, held: Collection[UUID]) -> None:
        """It has forgotten all other workspaces."""
        self._known = {workspace: known for workspace, known in self._known.items() if workspace in held}

    async def news(self, workspace: UUID, base: Base) -> News | None:
        """What it has to be told before it can answer on this base; from then on it counts as told."""
        anew = workspace not in self._known
        known = self._known.setdefault(workspace, _Known())
        accounts = msgspec.json.encode(base.accounts)
        versions = tuple(each.version for each in base.programs)
        if not anew and (known.files, known.accounts, known.zone, known.versions) == (
            base.files, accounts, base.zone, versions,
        ):  # fmt: skip
            return None
        news = News(
            anew=anew,
            files={file: text for file, text in base.files.items() if known.files.get(file) != text},
            gone=tuple(known.files.keys() - base.files.keys()),
            plugins=msgspec.json.encode(self._plugins) if anew else None,
            accounts=accounts if accounts != known.accounts else None,
            zone=base.zone if base.zone != known.zone else None,
            graphs=await _graphs(base, known.versions),
            versions=versions if anew or versions != known.versions else None,
        )
        known.files, known.accounts, known.zone, known.versions = dict(base.files), accounts, base.zone, versions
        return news


async def _graphs(base: Base, known: Collection[str]) -> dict[str, bytes]:
    told = frozenset(known)
    new = [each for each in base.programs if each.version not in told]
    written: dict[str, bytes] = {}
    for at, program in enumerate(new):
        written[program.version] = msgspec.json.encode(program.graph)
        if at % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)
    return written
