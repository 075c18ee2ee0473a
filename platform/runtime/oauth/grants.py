"""The stored grants and the consents under way. Owns the rows; sealing and what follows from a row is its callers'."""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.queries import query
from treadle.runtime.store.statements import Statements

_READ, _STATES, _SAVE = query("read_grant"), query("grant_states"), query("save_grant")
_LEASE, _RENEW, _RELEASE = query("lease_grant"), query("renew_grant"), query("release_grant")
_END, _DROP = query("end_grant"), query("drop_grant")
_ADD_START, _DROP_STARTS, _TAKE_START = query("add_start"), query("drop_starts"), query("take_start")


class GrantRow(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's tokens. `left` is how many seconds the access token still lives by the store's clock; `leased`
    says that somebody is at refreshing it. `reason` is why a person has to connect the account again.
    """

    generation: int
    alive: bool
    reason: str | None
    sealed: dict[str, str]
    left: float
    leased: bool


class StartRow(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that somebody was sent to ask for. `browser` is the hash of what that browser was given, if one was."""

    connection_id: UUID
    fresh: bool
    browser: bytes | None
    verifier: str
    redirect_uri: str
    started_by: str


class Grants(Statements):
    """Over the pool of one workspace. Every method raises `StoreDown`."""

    async def read(self, connection: UUID) -> GrantRow | None:
        """The tokens of a connection; None when it never was connected."""
        found = await self._ask(_READ, {"connection": connection})
        if not found:
            return None
        generation, state, reason, sealed, left, leased = found[0]
        return GrantRow(
            generation=generation,
            alive=state == "live",
            reason=reason,
            sealed=msgspec.json.decode(sealed, type=dict[str, str]),
            left=left,
            leased=leased,
        )

    async def states(self) -> dict[UUID, tuple[bool, str | None]]:
        """Of each connection that has tokens: whether they live, and if not, why."""
        return {each: (state == "live", reason) for each, state, reason in await self._ask(_STATES)}

    async def save(self, connection: UUID, sealed: dict[str, str], lives: float) -> None:
        """The tokens of a new consent, in place of what there was."""
        await self._change(_SAVE, {"connection": connection, "sealed": msgspec.json.encode(sealed), "lives": lives})

    async def lease(self, connection: UUID, generation: int, lease: UUID, seconds: float) -> bool:
        """Take the one place of whoever refreshes this generation, for so many seconds."""
        given = {"connection": connection, "generation": generation, "lease": lease, "seconds": seconds}
        return bool(await self._change(_LEASE, given))

    async def renew(self, connection: UUID, generation: int, sealed: dict[str, str], lives: float) -> bool:
        """The tokens after this generation; False when somebody else has stored the next ones."""
        given = {"connection": connection, "generation": generation, "lives": lives}
        return bool(await self._change(_RENEW, given | {"sealed": msgspec.json.encode(sealed)}))

    async def release(self, connection: UUID, lease: UUID) -> None:
        """Give the place back without new tokens."""
        await self._change(_RELEASE, {"connection": connection, "lease": lease})

    async def end(self, connection: UUID, generation: int, lease: UUID, reason: str) -> bool:
        """The service takes these tokens no more; False when they are no longer the ones that count."""
        given = {"connection": connection, "generation": generation, "lease": lease, "reason": reason}
        return bool(await self._change(_END, given))

    async def drop(self, connection: UUID) -> None:
        """Forget the tokens of a connection."""
        await self._change(_DROP, {"connection": connection})

    async def start(self, state: bytes, row: StartRow, lives: float) -> None:
        """Keep a consent that is asked for, for so many seconds, by the hash of its state."""
        await self._change(_DROP_STARTS, {"connection": row.connection_id})
        given = {"state": state, "connection": row.connection_id, "lives": lives, "browser": row.browser}
        given |= {"verifier": row.verifier, "redirect": row.redirect_uri, "started_by": row.started_by}
        await self._change(_ADD_START, given)

    async def take_start(self, state: bytes) -> StartRow | None:
        """The consent of this state, which is used up by it; None for a state that nobody was given."""
        found = await self._ask(_TAKE_START, {"state": state})
        if not found:
            return None
        connection, fresh, browser, verifier, redirect, by = found[0]
        return StartRow(
            connection_id=connection,
            fresh=fresh,
            browser=browser,
            verifier=verifier,
            redirect_uri=redirect,
            started_by=by,
        )
