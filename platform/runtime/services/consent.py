"""Connecting accounts by consent: who may begin, and what is kept of who did."""

from __future__ import annotations

from treadle.runtime.access import SYSTEM, Principal
from treadle.runtime.engine import Engine
from treadle.runtime.oauth.consent import Begun, Consents
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.services.connections import FIRST_LOOK_UP, found, looked_up

CALLBACK = "/api/v1/oauth/callback"
"""Where services send people back to; integrations name the whole address as their redirect."""


async def begun(engine: Engine, who: Principal, named: str, seen_as: str) -> Begun:
    """Where to send the person who consents. `seen_as` is our address as the caller sees it, for installations that
    were not told theirs. Raises `Forbidden`, `ConnectionUnknown`, `NotByConsent` and `ActionFailed`.
    """
    who.require("edit")
    base = (engine.settings.public_url or seen_as).rstrip("/")
    connection = await found(engine, named)
    told, in_browser = Told("connection.consent_asked", connection.name), who.kind == "user"
    consents, callback = _consents(engine), base + CALLBACK
    return await audited(
        engine, who, lambda: consents.begin(connection, callback, who.name, in_browser=in_browser), lambda _: told
    )


async def finished(engine: Engine, state: str, code: str | None, browser: str | None) -> str:
    """Take what the service sent somebody back with, and store the tokens; the connection's name. The right was asked
    for when they began. Raises `ConsentRefused`.
    """
    consents = _consents(engine)
    granted = await consents.exchange(state, code, browser)
    connection = granted.connection
    told = Told("connection.connected", connection.name, {"begun_by": granted.by})
    await audited(engine, SYSTEM, lambda: consents.keep(granted), lambda _: told)
    await looked_up(engine, connection.name, FIRST_LOOK_UP)
    return connection.name


def _consents(engine: Engine) -> Consents:
    keeper = engine.connections.keeper
    assert keeper is not None, "the API works on Postgres"
    return Consents(engine.connections, keeper, engine.vault)
