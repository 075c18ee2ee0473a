"""Signing in at an OpenID Connect provider: authorization code with PKCE, and an ID token that is checked here.

What has to hold between going there and coming back (state, nonce, verifier) is kept by the browser in a sealed cookie,
so that nobody's answer ends in somebody else's browser, and no process has to remember anything.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import jwt
import msgspec
from yarl import URL

from treadle.runtime.identity.metadata import ALGORITHMS, Metadata, Published
from treadle.runtime.identity.provider import Begun, Identity, NotVerified
from treadle.runtime.net.client import GuardedClient, Request
from treadle.runtime.oauth.messages import challenge
from treadle.runtime.vault import Vault, VaultError

KEPT = 600
"""Seconds that a person has for signing in at the provider."""
_LEEWAY = 60  # seconds that clocks may differ
_SEALED = {"workspace_id": "any", "connection_id": "sign-in", "field": "openid"}


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """How the provider knows this installation."""

    issuer: str
    client_id: str
    client_secret: str
    label: str = "Single sign-on"


class _Kept(msgspec.Struct, frozen=True):
    """What the browser keeps, sealed."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    at: float


class OpenIdProvider:
    """One provider. Its ID tokens have to name a verified email."""

    name = "openid"

    def __init__(self, client: Client, http: GuardedClient, vault: Vault) -> None:
        self.label = client.label
        self._client = msgspec.structs.replace(client, issuer=client.issuer.rstrip("/"))
        self._vault = vault
        self._published = Published(http, self._client.issuer)

    async def begin(self, redirect_uri: str) -> Begun:
        """The way to the provider. Raises `NotVerified` when it cannot be asked."""
        metadata = await self._published.metadata()
        kept = _Kept(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), redirect_uri, time.time()
        )
        given = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email profile",
            "state": kept.state,
            "nonce": kept.nonce,
            "code_challenge": challenge(kept.verifier),
            "code_challenge_method": "S256",
        }
        target = self._published.target(metadata.authorization_endpoint)
        sealed = self._vault.seal(msgspec.json.encode(kept).decode(), **_SEALED)
        return Begun(str(URL(target.url).update_query(given)), sealed)

    async def verify(self, given: Mapping[str, str], kept: str | None) -> Identity:
        """Exchange the code and check the ID token. Raises `NotVerified`."""
        asked = self._kept(kept)
        if not hmac.compare_digest(given.get("state", "").encode(), asked.state.encode()):
            raise NotVerified("this sign-in was not begun in this browser")
        if not (code := given.get("code")):
            raise NotVerified("the identity provider let nobody in")
        metadata = await self._published.metadata()
        return await self._checked(metadata, await self._exchanged(metadata, code, asked), asked)

    def _kept(self, sealed: str | None) -> _Kept:
        try:
            kept = msgspec.json.decode(self._vault.open(sealed or "", **_SEALED), type=_Kept)
        except (VaultError, msgspec.DecodeError):
            raise NotVerified("this sign-in was not begun in this browser") from None
        if not 0 <= time.time() - kept.at <= KEPT:
            raise NotVerified("this sign-in took too long; begin again")
        return kept

    async def _exchanged(self, metadata: Metadata, code: str, asked: _Kept) -> str:
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked.redirect_uri,
            "code_verifier": asked.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            headers["Authorization"] = f"Basic {_basic(self._client.client_id, self._client.client_secret)}"
        else:
            given |= {"client_id": self._client.client_id, "client_secret": self._client.client_secret}
        target = self._published.target(metadata.token_endpoint)
        request = Request(method="POST", target=target, headers=headers, body=urlencode(given).encode())
        answer = await self._published.send(request)
        try:
            return msgspec.json.decode(answer.body, type=_Answer).id_token
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise NotVerified(f"the identity provider did not take the code; it answered {answer.status}") from None

    async def _checked(self, metadata: Metadata, token: str, asked: _Kept) -> Identity:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise NotVerified("the identity provider's token is not signed by RS256 or ES256")
            key = await self._published.key(header.get("kid"))
            claims = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=self._client.client_id,
                issuer=metadata.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise NotVerified(f"the identity provider's token does not hold: {error}") from None
        return self._identity(metadata, claims, asked)

    def _identity(self, metadata: Metadata, claims: Mapping[str, Any], asked: _Kept) -> Identity:
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), asked.nonce.encode()):
            raise NotVerified("the identity provider's token belongs to another sign-in")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client.client_id) != self._client.client_id:
            raise NotVerified("the identity provider's token was made for somebody else")
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise NotVerified("the identity provider has not verified the email")
        return Identity(
            issuer=metadata.issuer, subject=str(claims["sub"]), email=email, name=str(claims.get("name") or "")
        )


class _Answer(msgspec.Struct):
    id_token: str


def _basic(client: str, secret: str) -> str:
    return base64.b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()
