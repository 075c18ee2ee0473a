"""One look for all watchers of a process: asks what changed a few times a second, while anybody watches.

Owns the pace, the bounded room of each watcher, and who is sent away. A watcher that is behind is told to load
everything anew instead of being waited for. Which rows there are and what they mean is `reading`'s affair.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal
from weakref import WeakSet

import msgspec
import structlog

from treadle.runtime.changes.reading import ChangeReader, Look
from treadle.runtime.changes.shapes import KEPT, Change, Cursor, Wanted, cursor_of
from treadle.runtime.ports import StoreDown, Unstorable

PACE = 0.1
"""Seconds between two looks."""
ROOM = 1000
"""Changes that wait for one watcher."""
MOST_WATCHERS = 500
"""Watchers of one process."""
_AGAIN = 0.5  # seconds until a database that is down is asked again

Why = Literal["slow", "old", "many"]


class TooManyWatchers(Exception):
    """The process has as many as it takes."""


class Told(msgspec.Struct, frozen=True):
    """Changes, and the cursor behind them."""

    changes: list[Change]
    upto: Cursor


class Missed(msgspec.Struct, frozen=True):
    """The watcher missed changes and should load everything anew; it may go on from this cursor. Why: it did not keep
    up, its cursor was too old, or more happened at once than is told.
    """

    why: Why
    upto: Cursor


class Watcher:
    """One who watches. `next` gives what there is until it is `over`; `Missed` is the last that it gives."""

    def __init__(self, wanted: Wanted, name: str | None, room: int) -> None:
        self.wanted = wanted
        self.name = name
        self.over = False
        self._room = room
        self._waiting: deque[Told] = deque()
        self._missed: Missed | None = None
        self._news = asyncio.Event()

    async def next(self, within: float) -> Told | Missed | None:
        """What came; None when nothing did within so many seconds, and at the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()
        if self._missed is not None and not self.over:
            self.end()
            return self._missed
        if self.over or not self._waiting:
            return None
        told = self._waiting.popleft()
        if not self._waiting:
            self._news.clear()
        return told

    def give(self, changes: list[Change], upto: Cursor, *, first: bool = False) -> None:
        """Changes, some of which it may want; `first`, they come before all that waits."""
        mine = [each for each in changes if self.wanted.has(each)]
        if not mine or self._missed:
            return
        self._waiting.insert(0 if first else len(self._waiting), Told(mine, upto))
        self._news.set()
        if sum(len(each.changes) for each in self._waiting) > self._room:
            self.miss("slow", upto)

    def miss(self, why: Why, upto: Cursor) -> None:
        """It gets no more than this."""
        self._waiting.clear()
        self._missed = self._missed or Missed(why, upto)
        self._news.set()

    def end(self) -> None:
        """It gets nothing any more."""
        self.over = True
        self._news.set()


class Feed:
    """What the watchers of this process share. `close` ends them all, for ever."""

    def __init__(self, reader: ChangeReader, *, pace: float = PACE, room: int = ROOM) -> None:
        self._reader = reader
        self._pace = pace
        self._room = room
        self._watchers: WeakSet[Watcher] = WeakSet()  # an answer that nobody begins to read ends without a word
        self._at: Cursor | None = None
        self._task: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._closed = False

    @asynccontextmanager
    async def watching(
        self, wanted: Wanted, after: str | None = None, name: str | None = None
    ) -> AsyncIterator[tuple[Watcher, Cursor]]:
        """A watcher, and the cursor from which on it is told everything. `after` is the text of the cursor that it had;
        `name` the id of the user or key that watches, whose end ends it. Raises `TooManyWatchers` and `StoreDown`.
        """
        if len(self._watchers) >= MOST_WATCHERS:
            raise TooManyWatchers
        watcher = Watcher(wanted, name, self._room)
        at = await self._add(watcher)
        try:
            if after is not None:
                await self._catch_up(watcher, after, at)
            yield watcher, at
        finally:
            self._watchers.discard(watcher)

    def place(self) -> Cursor | None:
        """The cursor behind everything that was handed on."""
        return self._at

    def close(self) -> None:
        """End every watcher, at once and from now on."""
        self._closed = True
        for each in list(self._watchers):
            each.end()

    async def _add(self, watcher: Watcher) -> Cursor:
        async with self._opening:
            if self._task is None or self._at is None:
                self._at = await self._reader.now()
                self._task = asyncio.create_task(self._run(), name="changes")
            self._watchers.add(watcher)
        if self._closed:
            watcher.end()
        return self._at

    async def _catch_up(self, watcher: Watcher, after: str, at: Cursor) -> None:
        """What it missed while it was away comes before what came since it is here."""
        since = cursor_of(after)
        look = None
        if since is not None and at.at - since.at <= KEPT:
            with contextlib.suppress(Unstorable):  # the text of a snapshot that there cannot be
                look = await self._reader.look(since, at)
        if look is None or look.lost:
            watcher.miss("many" if look else "old", at)
            return
        watcher.give(await self._reader.stand(look, [watcher.wanted]), at, first=True)

    async def _run(self) -> None:
        try:
            while self._watchers:
                await asyncio.sleep(self._pace)
                try:
                    await self._look()
                except StoreDown:
                    await asyncio.sleep(_AGAIN)
                except Exception as error:
                    structlog.get_logger("treadle.changes").error("looking_failed", exc_info=error)
                    await asyncio.sleep(_AGAIN)
        finally:
            self._task = self._at = None

    async def _look(self) -> None:
        """Who comes meanwhile waits, so that what is looked up is what those want to whom it is handed on."""
        async with self._opening:
            assert self._at is not None
            look = await self._reader.look(self._at)
            changes = (
                [] if look.lost else await self._reader.stand(look, [each.wanted for each in list(self._watchers)])
            )
            self._hand_on(look, changes)

    def _hand_on(self, look: Look, changes: list[Change]) -> None:
        self._at = look.upto
        for each in list(self._watchers):
            if each.name in look.access:
                each.end()
            elif look.lost:
                each.miss("many", look.upto)
            else:
                each.give(changes, look.upto)
