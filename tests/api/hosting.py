"""A server of the API in a thread of its own, for callers that are no coroutines."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from treadle.api.app import create_app
from treadle.api.server import bind, serving
from treadle.runtime.engine import open_engine
from treadle.runtime.settings import Settings


@contextmanager
def hosted(home: Path, **overrides: object) -> Iterator[str]:
    """The address of a server over the engine of this home while the block runs; `overrides` are settings."""
    up, over = threading.Event(), threading.Event()
    told: list[str] = []

    async def serve() -> None:
        async with (
            open_engine(Settings.read({}, home=home, **overrides)) as engine,
            serving(create_app(engine), bind("127.0.0.1", 0), engine.feed.close) as url,
        ):
            told.append(url)
            up.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="hosted")
    thread.start()
    try:
        assert up.wait(30), "the server did not come up"
        yield told[0]
    finally:
        over.set()
        thread.join(30)
