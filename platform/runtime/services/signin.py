"""Signing in by an identity provider: which there are, the way there, and letting in who comes back as a member."""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from treadle.runtime.engine import Engine
from treadle.runtime.identity.links import Links
from treadle.runtime.identity.openid import Client, OpenIdProvider
from treadle.runtime.identity.password import PasswordProvider
from treadle.runtime.identity.provider import Begun, IdentityProvider, NotVerified
from treadle.runtime.ids import new_id
from treadle.runtime.people import people_of
from treadle.runtime.people.records import NewEntry
from treadle.runtime.services.sessions import SignInRefused, opened, refused

CALLBACK = "/api/v1/session/openid/callback"
"""Where an OpenID Connect provider sends people back to."""

_openid: WeakKeyDictionary[Engine, OpenIdProvider] = WeakKeyDictionary()


class NoProvider(Exception):
    """No identity provider is set."""


def providers(engine: Engine) -> list[IdentityProvider]:
    """The ways to sign in, the password first."""
    found: list[IdentityProvider] = [PasswordProvider(people_of(engine))]
    return [*found, openid(engine)] if engine.settings.oidc_issuer else found


def openid(engine: Engine) -> OpenIdProvider:
    """The OpenID Connect provider of the settings. Raises `NoProvider`."""
    settings, keeper = engine.settings, engine.connections.keeper
    if not settings.oidc_issuer or keeper is None:
        raise NoProvider
    if (found := _openid.get(engine)) is None:
        client = Client(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id or "",
            client_secret=settings.oidc_client_secret or "",
            label=settings.oidc_label,
        )
        engine.redactor.add([client.client_secret])
        found = _openid[engine] = OpenIdProvider(client, keeper.client, engine.vault)
    return found


async def begun(engine: Engine, seen_as: str) -> Begun:
    """The way to the provider. `seen_as` is our address as the browser sees it, for installations that were not told
    theirs. Raises `NoProvider` and `NotVerified`.
    """
    base = (engine.settings.public_url or seen_as).rstrip("/")
    return await openid(engine).begin(base + CALLBACK)


async def ended(
    engine: Engine, given: Mapping[str, str], kept: str | None, *, instead: str | None = None, address: str = ""
) -> str:
    """The secret of the session of who came back. Raises `NoProvider`, `NotVerified`, and `SignInRefused` for somebody
    who is no member and was not invited; the audit log tells of them, with the `address` that they came from.
    """
    who = await openid(engine).verify(given, kept)
    told = NewEntry(
        id=new_id(), who_kind="user", who_id=None, who_name=who.email, what="invitation.accepted", object=None,
        detail=b"{}",
    )  # fmt: skip
    links = Links(engine.database.pool, engine.store.workspace_id)
    if (user := await links.member(who, new_id(), told)) is None:
        await refused(engine, who.email, address)
        raise SignInRefused
    return await opened(engine, user, instead=instead)


__all__ = ["CALLBACK", "NoProvider", "NotVerified", "SignInRefused", "begun", "ended", "openid", "providers"]
