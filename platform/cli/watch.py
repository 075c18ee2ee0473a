"""A folder of rule files that is kept live, and kept up with what goes live otherwise.

Polling of times and sizes: the folder may lie on any file system, and half a second is soon enough for a person. What
is to be done is `folder.deciding`'s; here it is done and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click
from msgspec.structs import replace

from treadle.cli.diagnostics import print_found
from treadle.cli.folder import common, disk
from treadle.cli.folder.conflicts import WHO, Conflicts
from treadle.cli.folder.deciding import Step, decisions
from treadle.runtime.crashpoints import reach
from treadle.runtime.drafts.history import History
from treadle.runtime.drafts.paths import PathInvalid
from treadle.runtime.drafts.working import etag
from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown
from treadle.runtime.publishing import Why, publish_sound
from treadle.runtime.worldrecords import NOTHING_LIVE, Outrun

if TYPE_CHECKING:
    from treadle.dsl.facade import Compiled

PAUSE = 0.5
Texts = Mapping[str, str]


class Folder:
    """The rule files of `root` and the engine that runs them. Without `writes` the folder is only read: what goes live
    otherwise is told, and stays out of it.
    """

    def __init__(self, root: Path, engine: Engine, *, writes: bool = True) -> None:
        self._root, self._engine, self._writes = root, engine, writes
        self._seen: tuple[disk.Stamp, object] | None = None
        self._place = common.place_of(engine.settings.home, root)
        self._common: common.Common | None = None
        self._conflicts = Conflicts(engine, root)
        self._faults: dict[str, str] = {}

    async def watch(self, stop: asyncio.Event) -> None:
        """Bring both sides together, and again after each change, until `stop`."""
        while not stop.is_set():
            await self.look()
            try:
                await asyncio.wait_for(stop.wait(), PAUSE)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Do what is to be done if anything changed since the last look. A file with faults is told; its last good one
        runs on. A database that is away, or somebody who writes at the same time, leaves it to the next look.
        """
        if not self._root.is_dir():
            return  # a disk that is gone, or a folder on its way to be replaced: not the same as an empty one
        stamp = disk.stamp_of(self._root)
        if (stamp, self._engine.live.publication) == self._seen:
            return
        try:
            await self._meet(stamp)
        except (StoreDown, Outrun, disk.Changed):
            return
        self._seen = stamp, self._engine.live.publication

    async def _meet(self, stamp: disk.Stamp) -> None:
        live = self._engine.live
        await live.refresh()
        onto, texts = live.publication, dict(live.sources)
        last = await self._last()
        seen = disk.read_all(self._root, stamp)
        faults = dict(seen.faults)
        steps = decisions(last.etags, _etags(seen.texts), _etags(texts), set(faults))
        here = self._write(steps, texts, seen.texts, faults)
        self._tell(faults)
        if self._seen is None or "publish" in steps.values():
            wanted = _overlaid(texts, seen.texts, steps)
            self._tell_live(await self._publish(wanted, onto or NOTHING_LIVE), wanted)
        open_ = [path for path, step in steps.items() if step == "conflict"]
        await self._conflicts.settle(open_, seen.texts, last.etags)
        reach("after_folder")
        self._remember(last, _etags(here))

    async def _publish(self, sources: Texts, onto: UUID) -> Compiled:
        engine = self._engine
        world = await engine.world()
        compiled = await publish_sound(
            engine.store, engine.live, engine.webhooks, sources, world, why=Why(comment=f"from {WHO}"), onto=onto
        )
        engine.bell.ring()
        return compiled

    def _write(self, steps: Mapping[str, Step], live: Texts, here: Texts, faults: dict[str, str]) -> Texts:
        """Bring what went live otherwise into the folder; the texts that it holds then. Raises `Changed`."""
        now = dict(here)
        for path in [path for path, step in steps.items() if step == "write"]:
            if not self._writes:
                faults[path] = f"{path} was changed over the API. {self._root} is only read here and stays as it is."
                continue
            try:
                disk.replace(self._root, path, live.get(path), here.get(path))
            except (PathInvalid, OSError) as failure:
                faults[path] = f"{path} goes live otherwise than it stands here and cannot be written: {failure}"
                continue
            if path in live:
                now[path] = live[path]
            else:
                del now[path]
            click.echo(f"{self._root / path}: {'written' if path in live else 'removed'}, as it was published")
        return now

    def _tell(self, faults: dict[str, str]) -> None:
        for path, fault in faults.items():
            if self._faults.get(path) != fault:
                click.echo(fault, err=True)
        self._faults = faults

    def _tell_live(self, compiled: Compiled, sources: Texts) -> None:
        shown = (replace(each, file=(self._root / each.file).as_posix()) for each in compiled.diagnostics)
        print_found(shown, {(self._root / path).as_posix(): text for path, text in sources.items()})
        rules = [graph.name for graph in compiled.partial if graph.kind == "rule"]
        click.echo(f"live from {self._root}: {', '.join(rules) or 'no rules'}")

    async def _last(self) -> common.Common:
        """When both were last the same; nothing, if that was with another installation."""
        if self._common is None:
            disk.clear(self._root)
            found = common.read(self._place)
            history = History(self._engine.database.pool, self._engine.database.store.workspace_id)
            ours = found.publication is not None and await history.one(found.publication) is not None
            self._common = found if ours else common.NOTHING
        return self._common

    def _remember(self, last: common.Common, here: Mapping[str, str]) -> None:
        live = _etags(self._engine.live.sources)
        same = {path: tag for path, tag in live.items() if here.get(path) == tag}
        before = {path: tag for path, tag in last.etags.items() if path in live or path in here}
        now = common.Common(str(self._root.resolve()), self._engine.live.publication, {**before, **same})
        if now != last:
            common.write(self._place, now)
            self._common = now


def _etags(texts: Texts) -> dict[str, str]:
    return {path: etag(text) for path, text in texts.items()}


def _overlaid(live: Texts, here: Texts, steps: Mapping[str, Step]) -> dict[str, str]:
    """What is to be live: as it is, with what changed in the folder."""
    mine = {path for path, step in steps.items() if step == "publish"}
    kept = {path: text for path, text in live.items() if path not in mine}
    return {**kept, **{path: here[path] for path in mine if path in here}}
