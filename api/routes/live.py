"""`/live`: changes as they commit, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from treadle.api import guard
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.changes.feed import Feed, Missed, Told, TooManyWatchers, Watcher
from treadle.runtime.changes.shapes import KINDS, Cursor, Wanted
from treadle.runtime.clock import steady
from treadle.runtime.engine import Engine
from treadle.runtime.ports import StoreDown
from treadle.runtime.services.watching import there, watching

BEAT = 15.0
"""Seconds between two signs of life."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Kinds = Annotated[
    str | None,
    QueryParameter(description=f"Only these, with commas: {', '.join(sorted(KINDS))}."),
]
Run = Annotated[UUID | None, QueryParameter(description="Only what belongs to this run.")]
After = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", description="The last `id` that came; browsers send it.")
]

Still = Callable[[], Awaitable[bool]]

_encode = msgspec.json.Encoder().encode


@get(
    "/",
    media_type="text/event-stream",
    summary="Changes as they commit",
    codes=("too_many_watchers", "run_unknown"),
)
async def live(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    run: Run = None,
    kinds: Kinds = None,
    last_event_id: After = None,
) -> Stream:
    """Server-sent events, which say what changed and not how: `change` holds `kind`, `id`, `run`, `rule` and the
    `status` as it is now. First comes `ready`; what you load after it is never older than what you are told. With
    `Last-Event-ID` the stream goes on where another one ended, up to ten minutes ago, on any process. `reset` says that
    changes were missed: load everything anew. A comment comes every 15 seconds. The stream ends when you sign out.
    """
    wanted = Wanted(_kinds(kinds), run)
    if not await there(engine, who, wanted):
        raise Refused("run_unknown", f"There is no run {run}.")
    stack = AsyncExitStack()
    try:
        watcher, at = await stack.enter_async_context(watching(engine.feed, who, wanted, last_event_id))
    except TooManyWatchers:
        raise Refused("too_many_watchers", "There are as many streams as one process serves.", retry_after=5) from None
    frames = _frames(engine.feed, watcher, at, stack, lambda: _still(engine, request))
    return Stream(frames, media_type="text/event-stream", headers=HEADERS)


async def _still(engine: Engine, request: Request[Any, Any, Any]) -> bool:
    """Whether the key or the session that came with the request still counts; as long as nobody can say, it does."""
    try:
        await guard.caller(engine, request)
    except Refused:
        return False
    except StoreDown:
        return True
    return True


def _kinds(text: str | None) -> frozenset[str]:
    kinds = frozenset(each.strip() for each in (text or "").split(",") if each.strip())
    if strange := sorted(kinds - KINDS):
        raise Refused("bad_request", f"There is no kind {strange[0]!r}; there are {', '.join(sorted(KINDS))}.")
    return kinds


async def _frames(
    feed: Feed, watcher: Watcher, at: Cursor, stack: AsyncExitStack, still: Still
) -> AsyncIterator[bytes]:
    """`still` says whether whoever watches may: a key or a session may run out, of which no commit tells."""
    asked = steady()
    async with stack:
        yield b"retry: 1000\n" + frame("ready", {}, at)
        while not watcher.over:
            told = await watcher.next(BEAT)
            if steady() - asked >= BEAT:
                if not await still():
                    return
                asked = steady()
            match told:
                case Told(changes, upto):
                    *first, last = changes
                    yield b"".join(frame("change", each, None) for each in first) + frame("change", last, upto)
                case Missed(why, upto):
                    yield frame("reset", {"why": why}, upto)
                case None if not watcher.over:
                    yield b": still here\n" + _id(feed.place() or at) + b"\n"


def frame(event: str, data: object, at: Cursor | None) -> bytes:
    """One event of a stream."""
    return b"event: " + event.encode() + b"\n" + _id(at) + b"data: " + _encode(data) + b"\n\n"


def _id(at: Cursor | None) -> bytes:
    return b"id: " + at.text().encode() + b"\n" if at else b""


router = Router("/live", route_handlers=[live], tags=["Live"])
