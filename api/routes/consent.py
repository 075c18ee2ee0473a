"""Connecting an account by consent: beginning it for a connection, and the address that services send people back to.

The latter stands outside the guard: a browser comes to it from elsewhere. What it brings is checked by the service.
"""

from __future__ import annotations

from html import escape
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, Router, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from treadle.api.addresses import networks, secure
from treadle.api.html import CSP, page
from treadle.api.problems import Refused
from treadle.api.workspaces import engine_of
from treadle.runtime.access import Principal
from treadle.runtime.connections import ConnectionUnknown
from treadle.runtime.engine import Engine
from treadle.runtime.oauth.consent import LIVES, ConsentRefused, NotByConsent
from treadle.runtime.people.tokens import token_workspace
from treadle.runtime.services import consent
from treadle.sdk.failures import ActionFailed

COOKIE = "treadle_consent"

Text = Annotated[str | None, QueryParameter(max_length=4000)]


class Consent(msgspec.Struct, frozen=True):
    """Send a person's browser to `authorize_url`; there they allow it, and come back to Treadle by themselves."""

    authorize_url: str
    expires_in: int


@post(
    "/{name:str}/oauth/start",
    status_code=200,
    summary="Ask for consent",
    codes=("connection_unknown", "not_by_consent", "fields_invalid"),
)
async def start_consent(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    name: FromPath[str],
    request: Request[Principal, Any, Any],
) -> Response[Consent]:
    """The address at which a person connects the account (authorization code with PKCE), open for twenty minutes.

    Asked for from a signed-in browser, only that browser can end it.
    """
    try:
        begun = await consent.begun(engine, who, name, str(request.base_url))
    except ConnectionUnknown as unknown:
        raise Refused("connection_unknown", f"{unknown}.") from None
    except NotByConsent as other:
        raise Refused("not_by_consent", f"{other}.") from None
    except ActionFailed as failed:
        raise Refused("fields_invalid", f"{failed.message}.") from None
    kept = [_cookie(begun.browser, tls=_secure(engine, request))] if begun.browser else []
    return Response(Consent(begun.address, int(LIVES)), cookies=kept, headers={"Cache-Control": "no-store"})


@get(
    "/callback",
    summary="Come back from a consent",
    media_type=MediaType.HTML,
    codes=("consent_refused", "csrf_failed", "too_many_requests"),
    anybody=True,
)
async def end_consent(
    engine: NamedDependency[Engine],
    request: Request[Principal, Any, Any],
    given: Annotated[str, QueryParameter(name="state", max_length=200, description="As we sent it along.")],
    code: Text = None,
    error: Text = None,
) -> Response[str]:
    """Where services send people back to. Exchanges the code for tokens, stores them sealed, and tells the person."""
    try:
        here = await engine_of(engine, token_workspace(given)) or engine
        name = await consent.finished(here, given, None if error else code, request.cookies.get(COOKIE))
    except ConsentRefused as refused:
        raise Refused("consent_refused", f"{refused}.") from None
    body = f"<h1>Connected</h1><p>{escape(name)} is connected. This page can be closed.</p>"
    return Response(page("Connected", body), media_type=MediaType.HTML, headers={**CSP, "Cache-Control": "no-store"})


def _secure(engine: Engine, request: Request[Principal, Any, Any]) -> bool:
    settings = engine.settings
    return settings.env == "production" or secure(request.scope, request.headers, networks(settings.proxies))


def _cookie(text: str, *, tls: bool) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=text,
        path=consent.CALLBACK,
        max_age=int(LIVES),
        httponly=True,
        secure=tls,
        samesite="lax",
    )


router = Router("/connections", route_handlers=[start_consent], tags=["Connections"])
back = Router("/oauth", route_handlers=[end_consent], tags=["Connections"])
