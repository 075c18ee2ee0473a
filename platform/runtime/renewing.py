"""Prolonging leases from the keeper's thread. Owns that thread's own connection to the database."""

from __future__ import annotations

import asyncio
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
_SECONDS = 3  # to connect, and for one statement: a renewal that takes longer has failed


class PostgresRenewer:
    """Keeps one connection open and makes a new one after any failure."""

    def __init__(self, url: str, workspace_id: UUID) -> None:
        self._url = url
        self._workspace = str(workspace_id)
        self._connection: psycopg.Connection[Any] | None = None

    def renew(self, worker: UUID, lease: float) -> int:
        """See `claimant.Renewer`."""
        connection = self._connection or self._connect()
        self._connection = None
        try:
            changed = connection.execute(_RENEW, _parameters(worker, lease)).rowcount
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
        connection.execute(SESSION, [APP_ROLE, SCHEMA, self._workspace])
        return connection


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
