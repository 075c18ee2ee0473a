"""A folder of rule files that is kept live: published at the start and whenever a file changes.

Polling of times and sizes: the folder may lie on any file system, and half a second is soon enough for a person.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from treadle.cli.diagnostics import print_found
from treadle.cli.faults import InputFault
from treadle.cli.files import SUFFIX, read_rule
from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown

PAUSE = 0.5
Stamp = dict[Path, tuple[int, int]]


class Folder:
    """The rule files of `root` and the engine that runs them."""

    def __init__(self, root: Path, engine: Engine) -> None:
        self._root, self._engine = root, engine
        self._stamp: Stamp | None = None
        self._texts: dict[Path, str] = {}

    async def watch(self, stop: asyncio.Event) -> None:
        """Publish, then publish again after each change, until `stop`."""
        while not stop.is_set():
            await self.look()
            try:
                await asyncio.wait_for(stop.wait(), PAUSE)
            except TimeoutError:
                continue

    async def look(self) -> None:
        """Publish if anything changed since the last look. A file with faults is told; its last good one runs on."""
        stamp = _stamp(self._root)
        if stamp == self._stamp:
            return
        self._texts = {path: text for path in stamp if (text := self._read(path)) is not None}
        sources = {path.as_posix(): text for path, text in self._texts.items()}
        try:
            compiled = await self._engine.publish_sound(sources)
        except StoreDown:
            return  # the stamp stays old, so the next look tries again
        self._stamp = stamp
        print_found(compiled.diagnostics, sources)
        rules = [graph.name for graph in compiled.partial if graph.kind == "rule"]
        click.echo(f"live from {self._root}: {', '.join(rules) or 'no rules'}")

    def _read(self, path: Path) -> str | None:
        try:
            return read_rule(path)
        except InputFault as fault:
            click.echo(fault.format_message(), err=True)
            return self._texts.get(path)


def _stamp(root: Path) -> Stamp:
    found: Stamp = {}
    for path in sorted(root.rglob(f"*{SUFFIX}")):
        try:
            about = path.stat()
        except FileNotFoundError:
            continue
        found[path] = (about.st_mtime_ns, about.st_size)
    return found
