"""What an OpenID Connect provider publishes about itself: addresses and keys. Owns fetching and keeping them."""

from __future__ import annotations

from typing import Any

import jwt
import msgspec

from treadle.runtime.clock import steady
from treadle.runtime.identity.provider import NotVerified
from treadle.runtime.net.client import GuardedClient, Request
from treadle.runtime.net.departure import Departure
from treadle.runtime.net.urls import read_target
from treadle.sdk.context import Answer
from treadle.sdk.failures import Failure

ALGORITHMS = ("RS256", "ES256")
"""How ID tokens may be signed. Never by a shared secret, never not at all."""

_KEPT = 3600.0  # seconds
_AGAIN = 60.0  # seconds between two looks for a key that was not there
_PATIENCE = 10.0
_WELL_KNOWN = "/.well-known/openid-configuration"


class Metadata(msgspec.Struct, frozen=True):
    """The part of a provider's configuration that signing in needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Published:
    """One provider's configuration and keys, kept for an hour. All requests go through the guarded client."""

    def __init__(self, client: GuardedClient, issuer: str) -> None:
        self._client = client
        self._issuer = issuer
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, dict[str, jwt.PyJWK]] | None = None

    async def metadata(self) -> Metadata:
        """The configuration. Raises `NotVerified`, also when it speaks for another issuer."""
        if self._metadata is None or self._metadata[0] + _KEPT < steady():
            answer = await self.send(Request(method="GET", target=self.target(self._issuer + _WELL_KNOWN), headers={}))
            found = _decoded(answer, Metadata)
            if found.issuer.rstrip("/") != self._issuer:
                raise NotVerified("the identity provider speaks for another issuer than the one that is set")
            self._metadata = (steady(), found)
        return self._metadata[1]

    async def key(self, kid: str | None) -> jwt.PyJWK:
        """The key of this id; without one the only key that there is. Raises `NotVerified`."""
        kept = self._keys
        stale = kept is None or kept[0] + _KEPT < steady()
        missing = kept is not None and kid not in kept[1] and kept[0] + _AGAIN < steady()
        if kept is None or stale or missing:
            kept = self._keys = (steady(), await self._fetched())
        keys = kept[1]
        found = next(iter(keys.values())) if kid is None and len(keys) == 1 else keys.get(kid or "")
        if found is None:
            raise NotVerified("the identity provider signed with a key that it does not publish")
        return found

    async def _fetched(self) -> dict[str, jwt.PyJWK]:
        address = (await self.metadata()).jwks_uri
        answer = await self.send(Request(method="GET", target=self.target(address), headers={}))
        listed = _decoded(answer, _Keys).keys
        found = {}
        for each in listed:
            if each.get("use", "sig") != "sig" or each.get("kty") not in ("RSA", "EC"):
                continue
            try:
                found[str(each.get("kid", ""))] = jwt.PyJWK(each)
            except jwt.PyJWTError:
                continue
        return found

    async def send(self, request: Request) -> Answer:
        """One request to the provider, whatever it answers. Raises `NotVerified` when it does not."""
        headers = {"User-Agent": "treadle", "Accept": "application/json", **request.headers}
        departure = Departure(None, reads=request.method == "GET")
        try:
            return await self._client.exchange(
                msgspec.structs.replace(request, headers=headers), departure, within=_PATIENCE
            )
        except Failure as failure:
            raise NotVerified(f"the identity provider cannot be asked: {failure.message}") from failure

    def target(self, address: str) -> Any:
        """An address of the provider's. Raises `NotVerified` for one without TLS that nobody opened."""
        try:
            target = read_target(address)
        except Failure as failure:
            raise NotVerified(f"an address of the identity provider cannot be used: {failure.message}") from failure
        if not target.secure and not self._client.opens(target):
            raise NotVerified(f"the identity provider's address {target.name} is not https")
        return target


class _Keys(msgspec.Struct):
    keys: list[dict[str, Any]]


def _decoded(answer: Answer, type: Any) -> Any:
    try:
        if answer.status != 200:
            raise NotVerified(f"the identity provider answered {answer.status}")
        return msgspec.json.decode(answer.body, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotVerified("the identity provider's answer cannot be read") from None
