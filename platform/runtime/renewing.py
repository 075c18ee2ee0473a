"""Prolonging leases from the keepers' threads. Owns the connection to the database that those of a process share."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any
from uuid import UUID

import psycopg

from treadle.runtime.database import SESSION
from treadle.runtime.migrate import APP_ROLE
from treadle.runtime.migrations import SCHEMA
from treadle.runtime.ports import LONGEST_LEASE, RENEWAL_ROOM, Store
from treadle.runtime.queries import query

_RENEW = query("renew")
_MOVE = b"select set_config('treadle.workspace', %s, false)"
_SECONDS = 3  # to connect, and for one statement: a renewal that takes longer has failed


class Line:
    """The connection for the workers of all workspaces, who take turns; made anew after any failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None
        self._workspace = ""

    def change(self, workspace: str, statement: bytes, params: dict[str, Any]) -> int:
        """Run a statement in a workspace, from any thread; how many rows it changed. Raises psycopg's errors, and
        `TimeoutError` when it is not one's turn in time.
        """
        if not self._turn.acquire(timeout=_SECONDS):
            raise TimeoutError("the renewals before this one take too long")
        try:
            return self._change(workspace, statement, params)
        finally:
            self._turn.release()

    def _change(self, workspace: str, statement: bytes, params: dict[str, Any]) -> int:
        connection = self._connection or self._connect()
        self._connection = None
        try:
            if self._workspace != workspace:
                connection.execute(_MOVE, [workspace])
                self._workspace = workspace
            changed = connection.execute(statement, params).rowcount
        except BaseException:
            with suppress(psycopg.Error):
                connection.close()
            raise
        self._connection = connection
        return changed

    def _connect(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=_SECONDS,
            options=f"-c statement_timeout={_SECONDS}s",
            application_name="treadle-leases",
            tcp_user_timeout=_SECONDS * 1000,
        )
        connection.execute(SESSION, [APP_ROLE, SCHEMA, ""])
        self._workspace = ""
        return connection


class PostgresRenewer:
    """Prolongs the leases of one workspace's workers over the shared line."""

    def __init__(self, line: Line, workspace_id: UUID) -> None:
        self._line = line
        self._workspace = str(workspace_id)

    def renew(self, worker: UUID, lease: float) -> int:
        """See `claimant.Renewer`."""
        return self._line.change(self._workspace, _RENEW, _parameters(worker, lease))


class StoreRenewer:
    """For a store that lives in the loop: asks it there. A loop that does not answer has not renewed."""

    def __init__(self, store: Store, loop: asyncio.AbstractEventLoop) -> None:
        self._store = store
        self._loop = loop

    def renew(self, worker: UUID, lease: float) -> int:
        """See `claimant.Renewer`."""
        return asyncio.run_coroutine_threadsafe(self._store.renew(worker, lease), self._loop).result(_SECONDS)


def _parameters(worker: UUID, lease: float) -> dict[str, Any]:
    seconds = min(lease, LONGEST_LEASE)
    return {"worker": worker, "lease": seconds, "within": seconds + RENEWAL_ROOM}
