"""Changes as they commit: who may watch them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from treadle.runtime.access import Principal
from treadle.runtime.changes.feed import Feed, Watcher
from treadle.runtime.changes.shapes import Cursor, Wanted


def watching(
    feed: Feed, who: Principal, wanted: Wanted, after: str | None
) -> AbstractAsyncContextManager[tuple[Watcher, Cursor]]:
    """See `Feed.watching`. What `who` signs in with ends it too. Raises `Forbidden`."""
    who.require("read")
    return feed.watching(wanted, after, str(who.id) if who.id else None)
