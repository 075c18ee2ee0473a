"""The access tokens of this process, fresh. Owns that a token is refreshed once, however many calls in however many
processes need it: in the process by one task, among processes by a lease in the row, which is not held while the
service is asked. New tokens are stored before anybody uses them.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID

import msgspec
import structlog

from treadle.runtime.clock import steady
from treadle.runtime.crashpoints import reach
from treadle.runtime.ids import new_id
from treadle.runtime.net.client import GuardedClient
from treadle.runtime.oauth.asking import PATIENCE, ask_tokens
from treadle.runtime.oauth.grants import GrantRow, Grants
from treadle.runtime.oauth.messages import Refused, Tokens
from treadle.runtime.ours import DATABASE, RECONNECT
from treadle.runtime.ports import StoreDown
from treadle.runtime.redaction import Redactor
from treadle.runtime.vault import Vault, VaultError
from treadle.sdk.connection import Connection
from treadle.sdk.failures import ActionFailed, NotSent
from treadle.sdk.secret import Secret

_LEASE = 3 * PATIENCE  # seconds; longer than asking may take, so that only who died or froze loses it
_MARGIN = 60.0  # seconds of life below which a token is refreshed
_LOOK = 0.1  # seconds between looks while another process asks
_AGAIN = 60.0  # seconds until a call that waits for a person is tried again
_SAVES = 20  # tries to store tokens while the database is away, half a second apart


class _Held(msgspec.Struct, frozen=True):
    """An access token and until when, by the steady clock, it is used without asking."""

    access: str
    until: float


class TokenKeeper:
    """One a process. `lease` and `margin` are in seconds."""

    def __init__(
        self,
        grants: Grants,
        client: GuardedClient,
        vault: Vault,
        redactor: Redactor,
        *,
        lease: float = _LEASE,
        margin: float = _MARGIN,
    ) -> None:
        self.grants = grants
        self.client = client
        self.redactor = redactor
        self._vault = vault
        self.lease = lease
        self._margin = margin
        self._held: dict[UUID, _Held] = {}
        self._under_way: dict[UUID, asyncio.Task[_Held]] = {}

    async def fresh(self, id: UUID, connection: Connection, stale: str | None = None) -> Connection:
        """The connection with an access token that lives, and is not `stale`, which the service refused.

        Raises `NotSent`, with the code `reconnect_needed` when a person has to consent again.
        """
        held = self._held.get(id)
        if held is None or held.until <= steady() or held.access == stale:
            task = self._under_way.get(id)
            if task is None or task.done():
                task = asyncio.create_task(self._renewed(id, connection, stale), name="fresh token")
                task.add_done_callback(_heard)
                self._under_way[id] = task
            # Whoever waits may be cancelled; the tokens on their way must be stored all the same.
            try:
                held = await asyncio.shield(task)
            except StoreDown as error:
                raise NotSent(f"no fresh token: {error}", code=DATABASE) from error
            except VaultError as error:
                raise NotSent(f"no fresh token: {error}", code="no_token") from error
        return with_token(connection, held.access)

    def forget(self, id: UUID) -> None:
        """Look into the store again before the next call."""
        self._held.pop(id, None)

    def sealed(self, id: UUID, tokens: Tokens, before: str | None = None) -> dict[str, str]:
        """The tokens as they are stored; `before` is the refresh token that stays when none is new."""
        texts = {"access_token": tokens.access, "refresh_token": tokens.refresh or before}
        return {
            name: self._vault.seal(text, workspace_id=self.grants.workspace_id, connection_id=id, field=f"oauth.{name}")
            for name, text in texts.items()
            if text is not None
        }

    async def _renewed(self, id: UUID, connection: Connection, stale: str | None) -> _Held:
        for _ in range(int(3 * self.lease / _LOOK) + 1):
            row = await self.grants.read(id)
            if row is None or not row.alive:
                raise _reconnect(row)
            access = self._open(id, row, "access_token")
            self.redactor.add([access])
            if row.left > self._margin and access != stale:
                return self._keep(id, access, row.left)
            lease = new_id()
            if not row.leased and await self.grants.lease(id, row.generation, lease, self.lease):
                if (found := await self._asked(id, connection, row, lease)) is not None:
                    return found
            else:
                await asyncio.sleep(_LOOK * (0.5 + random.random()))
        raise NotSent("another process is at refreshing the token and does not end", code="no_token")

    async def _asked(self, id: UUID, connection: Connection, row: GrantRow, lease: UUID) -> _Held | None:
        """Ask the service, as the only one; None when somebody else turned out to have stored the next tokens."""
        declared = type(connection).oauth
        assert declared is not None, "only connections by consent have tokens"
        refresh = self._open(id, row, "refresh_token") if "refresh_token" in row.sealed else None
        try:
            if refresh is None:
                raise Refused("the service gave nothing to refresh the token with")
            grant = {"grant_type": "refresh_token", "refresh_token": refresh}
            if redirect := row.sealed.get(REDIRECT):
                grant["redirect_uri"] = redirect
            tokens = await ask_tokens(self.client, self.redactor, declared, connection, grant)
        except (Refused, ActionFailed) as refused:
            if await self.grants.end(id, row.generation, lease, str(refused)):
                structlog.get_logger("treadle.oauth").warning("reconnect_needed", connection=str(id))
            return None
        except NotSent:
            await self.grants.release(id, lease)
            raise
        reach("token_answered")
        kept = {name: text for name, text in row.sealed.items() if name == REDIRECT}
        if not await self._saved(id, row.generation, {**kept, **self.sealed(id, tokens, refresh)}, tokens.lives):
            return None
        return self._keep(id, tokens.access, tokens.lives)

    async def _saved(self, id: UUID, generation: int, sealed: dict[str, str], lives: float) -> bool:
        """Stored, also over a database that is away for a moment: the tokens before may be spent."""
        for _ in range(_SAVES):
            try:
                return await self.grants.renew(id, generation, sealed, lives)
            except StoreDown:
                await asyncio.sleep(0.5)
        return await self.grants.renew(id, generation, sealed, lives)

    def _keep(self, id: UUID, access: str, left: float) -> _Held:
        # A token that lives shorter than the margin is used for half its life.
        held = self._held[id] = _Held(access, steady() + max(left - self._margin, left / 2))
        return held

    def _open(self, id: UUID, row: GrantRow, field: str) -> str:
        return self._vault.open(
            row.sealed[field], workspace_id=self.grants.workspace_id, connection_id=id, field=f"oauth.{field}"
        )


REDIRECT = "redirect_uri"
"""Stored beside the tokens, in plain: some services want it again with each refresh."""


def by_consent(connection: Connection) -> bool:
    """Whether the platform keeps this connection's tokens."""
    return type(connection).oauth is not None and bool(getattr(connection, "client_id", None))


def with_token(connection: Connection, access: str) -> Connection:
    """The connection with this access token."""
    fields: dict[str, Any] = {"access_token": Secret(access)}
    return msgspec.structs.replace(connection, **fields)


def _heard(task: asyncio.Task[_Held]) -> None:
    """What went wrong was told to whoever waited, and they may have left."""
    if not task.cancelled():
        task.exception()


def _reconnect(row: GrantRow | None) -> NotSent:
    if row is None:
        message = "the account is not connected yet; ask for consent on the connection's page"
    else:
        message = f"the account has to be connected again: {row.reason}"
    return NotSent(message, code=RECONNECT, retry_after=_AGAIN)
