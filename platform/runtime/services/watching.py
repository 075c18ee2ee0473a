"""Changes as they commit: who may watch them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from treadle.runtime.access import Principal
from treadle.runtime.changes.feed import Feed, Watcher
from treadle.runtime.changes.shapes import Cursor, Wanted
from treadle.runtime.engine import Engine


async def there(engine: Engine, who: Principal, wanted: Wanted) -> bool:
    """Whether the run that somebody wants to watch is there; so it is where they watch all. Raises `Forbidden`."""
    who.require("read")
    return wanted.run is None or await engine.store.run(wanted.run) is not None


def watching(
    feed: Feed, who: Principal, wanted: Wanted, after: str | None
) -> AbstractAsyncContextManager[tuple[Watcher, Cursor]]:
    """See `Feed.watching`. What `who` signs in with ends it too. Raises `Forbidden`."""
    who.require("read")
    return feed.watching(wanted, after, str(who.id) if who.id else None)
