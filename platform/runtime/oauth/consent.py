"""Asking a person to connect an account, and what comes back. Owns that an answer belongs to a question of ours.

The state is a random text that is used once within twenty minutes, kept as a hash. A browser that began is given a text
of its own, and only it may end; so nobody ends by a link what somebody else began.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import msgspec

from treadle.runtime.belonging import marked
from treadle.runtime.connections import Connected, Connections
from treadle.runtime.oauth.asking import ask_tokens
from treadle.runtime.oauth.grants import StartRow
from treadle.runtime.oauth.keeper import REDIRECT, TokenKeeper, by_consent
from treadle.runtime.oauth.messages import Refused, consent_address
from treadle.runtime.vault import Vault
from treadle.sdk.failures import Failure

LIVES = 1200.0
"""Seconds that a question stays open."""


class ConsentRefused(Exception):
    """The account was not connected: the question is over or not ours, or the service said no. One sentence."""


class NotByConsent(Exception):
    """This connection has a credential of its own, or its kind knows no consent."""


class Begun(msgspec.Struct, frozen=True):
    """Where to send the person, and what their browser has to show afterwards."""

    address: str
    browser: str | None


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """What a service granted: tokens as they are stored, for so many seconds, and who had begun."""

    connection: Connected
    by: str
    sealed: dict[str, str]
    lives: float


class Consents:
    """Over the connections of one workspace."""

    def __init__(self, connections: Connections, keeper: TokenKeeper, vault: Vault) -> None:
        self._connections = connections
        self._keeper = keeper
        self._vault = vault

    async def begin(self, found: Connected, redirect_uri: str, by: str, *, in_browser: bool) -> Begun:
        """Open a question. Raises `NotByConsent`, and `ActionFailed` for an address that cannot be read."""
        declared = type(found.instance).oauth
        if declared is None or not by_consent(found.instance):
            raise NotByConsent(f"{found.name} is not connected by consent; set client_id and client_secret for that")
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        state = marked(self._keeper.grants.workspace_id, state)
        browser = secrets.token_urlsafe(32) if in_browser else None
        address = consent_address(declared, found.instance, state=state, verifier=verifier, redirect_uri=redirect_uri)
        row = StartRow(
            connection_id=found.row.id,
            fresh=True,
            browser=_digest(browser) if browser else None,
            verifier=self._seal(found, verifier),
            redirect_uri=redirect_uri,
            started_by=by,
        )
        await self._keeper.grants.start(_digest(state), row, LIVES)
        return Begun(address, browser)

    async def exchange(self, state: str, code: str | None, browser: str | None) -> Granted:
        """Exchange what came back for tokens, which `keep` stores. Raises `ConsentRefused`."""
        row = await self._keeper.grants.take_start(_digest(state))
        if row is None or not row.fresh or not _same_browser(row, browser):
            raise ConsentRefused(
                "this consent was not asked for here, was answered already, or is too old; begin again"
            )
        if not code:
            raise ConsentRefused("the service was not allowed to connect the account")
        await self._connections.refresh()
        found = self._connections.by_id(row.connection_id)
        if found is None:
            raise ConsentRefused("the connection is not there any more")
        return await self._tokens(found, row, code)

    async def keep(self, granted: Granted) -> None:
        """Store the tokens in place of what there was."""
        connection = granted.connection.row.id
        await self._keeper.grants.save(connection, granted.sealed, granted.lives)
        self._keeper.forget(connection)

    async def _tokens(self, found: Connected, row: StartRow, code: str) -> Granted:
        declared = type(found.instance).oauth
        assert declared is not None, "begun for it"
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": row.redirect_uri,
            "code_verifier": self._open(found, row.verifier),
        }
        keeper = self._keeper
        try:
            tokens = await ask_tokens(keeper.client, keeper.redactor, declared, found.instance, grant)
        except (Refused, Failure) as failure:
            raise ConsentRefused(str(failure)) from None
        sealed = {**keeper.sealed(found.row.id, tokens), REDIRECT: row.redirect_uri}
        return Granted(connection=found, by=row.started_by, sealed=sealed, lives=tokens.lives)

    def _seal(self, found: Connected, text: str) -> str:
        workspace = self._keeper.grants.workspace_id
        return self._vault.seal(text, workspace_id=workspace, connection_id=found.row.id, field="oauth.verifier")

    def _open(self, found: Connected, sealed: str) -> str:
        workspace = self._keeper.grants.workspace_id
        return self._vault.open(sealed, workspace_id=workspace, connection_id=found.row.id, field="oauth.verifier")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def _same_browser(row: StartRow, browser: str | None) -> bool:
    return row.browser is None or (browser is not None and hmac.compare_digest(row.browser, _digest(browser)))
