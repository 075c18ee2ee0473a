"""Several verbs of the store in one commit: a change and the entry of the audit log about it.

Owns whose statements belong to the open commit: those of the task that opened it, on the same pool. Tasks that it
starts, and other databases, go their own way. Nothing inside is tried again alone; the whole is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_open: ContextVar[tuple[object, Any, asyncio.Task[Any] | None] | None] = ContextVar("joint_commit", default=None)


@contextmanager
def joined(pool: object, connection: Any) -> Iterator[None]:
    """While inside, what this task asks of the pool is asked on this connection."""
    token = _open.set((pool, connection, asyncio.current_task()))
    try:
        yield
    finally:
        _open.reset(token)


def held(pool: object) -> Any:
    """The connection of the commit that this task has open on the pool; None without one."""
    found = _open.get()
    if found is None or found[0] is not pool or found[2] is not asyncio.current_task():
        return None
    return found[1]
