"""The workspaces that one process serves: an engine for each, made when it is first asked for, over shared parts.

Owns which engines are open, and that each follows what other processes change: one question a second for all of them,
so a workspace in which nothing happens costs nothing. What an engine is, `engine` knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from treadle.runtime.clock import steady
from treadle.runtime.ports import StoreDown
from treadle.runtime.tasks import ended
from treadle.runtime.workspaces import Workspace, Workspaces

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine

LOOK = 1.0
"""Seconds between two looks at what other processes changed."""
_ASK_TIME = 10  # looks between two readings of the store's clock
_AFTER_MISS = 0.1  # seconds between two looks because of workspaces that are not there

Make = Callable[[UUID], "Engine"]


class Installation:
    """The engines of a process. `main` is that of the first workspace; without `make` there is no other."""

    def __init__(self, main: Engine, make: Make | None = None) -> None:
        self.main = main
        self.known: Mapping[UUID, Workspace] = {}
        """The workspaces, as of the last look."""
        self._make = make
        self._engines: dict[UUID, Engine] = {main.store.workspace_id: main}
        self._seen: dict[UUID, tuple[UUID | None, int]] = {}
        self._looked = float("-inf")
        self._looking = asyncio.Lock()
        self._opening = asyncio.Lock()

    # --- engines ----------------------------------------------------------------------------------------------------

    def engine(self, workspace: UUID) -> Engine | None:
        """The engine of a workspace, where it is open."""
        return self._engines.get(workspace)

    def engines(self) -> list[Engine]:
        """Those that are open."""
        return list(self._engines.values())

    async def opened(self, workspace: UUID) -> Engine | None:
        """The engine of a workspace; None where there is no such workspace. Raises `StoreDown`."""
        if (found := self._engines.get(workspace)) is not None:
            return found
        if self._make is None or await self._find(lambda: self.known.get(workspace)) is None:
            return None
        async with self._opening:
            if (found := self._engines.get(workspace)) is None:
                row = self.known[workspace]
                found = self._make(workspace)
                found.installation = self
                await found.begin()
                self._engines[workspace] = found
                self._seen[workspace] = row.live, row.changed
        return found

    async def named(self, slug: str) -> Workspace | None:
        """The workspace of this slug. Raises `StoreDown`."""
        return await self._find(lambda: next((each for each in self.known.values() if each.slug == slug), None))

    async def _find(self, find: Callable[[], Workspace | None]) -> Workspace | None:
        """What `find` finds, after a look at the store where it finds nothing; one look answers all who wait for it."""
        if (found := find()) is None:
            asked = steady()
            async with self._looking:
                if self._looked < asked:
                    await asyncio.sleep(max(0.0, self._looked + _AFTER_MISS - steady()))
                    await self.look()
            found = find()
        return found

    # --- following the store ----------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Ask which workspaces there are. Raises `StoreDown`."""
        began = steady()
        self.known = {each.id: each for each in await self._workspaces().all()}
        self._looked = began

    async def due(self) -> set[UUID]:
        """The workspaces in which something is due that no worker has begun. Raises `StoreDown`."""
        return await self._workspaces().due()

    def _workspaces(self) -> Workspaces:
        return Workspaces(self.main.database.pool, self.main.store.workspace_id)

    @asynccontextmanager
    async def following(self, *, every: float = LOOK) -> AsyncIterator[None]:
        """While inside, what other processes publish, connect and make is noticed within so many seconds."""
        await self.look()
        await self.main.begin()
        self._seen = {id_: (row.live, row.changed) for id_, row in self.known.items() if id_ in self._engines}
        task = asyncio.create_task(self._follow(every), name="follow")
        try:
            yield
        finally:
            await ended(task)

    async def _follow(self, every: float) -> None:
        looks = 0
        while True:
            await asyncio.sleep(every)
            looks += 1
            try:
                began = steady()
                await self.look()
                await self._refresh(began)
                if looks % _ASK_TIME == 0:
                    now = await self.main.store.now()
                    for engine in self.engines():
                        engine.clock.adjust(now)
            except StoreDown:
                continue
            except Exception as error:
                structlog.get_logger("treadle.installation").error("following_failed", exc_info=error)

    async def _refresh(self, asked: float) -> None:
        """Let the engines read anew whose workspace has changed. One that fails does so alone, and is asked again."""
        for id_, engine in list(self._engines.items()):
            row = self.known.get(id_)
            if row is None or self._seen.get(id_) == (row.live, row.changed):
                engine.live.asked = max(engine.live.asked, asked)
                continue
            try:
                await engine.refreshed()
                self._seen[id_] = row.live, row.changed
            except StoreDown:
                raise
            except Exception as error:
                log = structlog.get_logger("treadle.installation")
                log.error("following_failed", workspace=row.slug, exc_info=error)

    def part(self) -> None:
        """End everybody who watches changes, for ever: the process ends."""
        for engine in self.engines():
            engine.feed.close()
