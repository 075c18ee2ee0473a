"""Language work beside the loop: in a thread, one at a time, because the caches of the language know no others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_ONE = threading.Lock()


async def in_thread(work: Callable[[], T]) -> T:
    """What the work gives, or raises."""

    def alone() -> T:
        with _ONE:
            return work()

    return await asyncio.to_thread(alone)
