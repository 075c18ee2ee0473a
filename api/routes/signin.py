"""`/session/openid`: signing in at the identity provider of this installation. Browsers walk through these by links."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from treadle.api.addresses import client, networks, secure
from treadle.api.cookies import session_cookie, session_of
from treadle.api.limits import Limits
from treadle.api.problems import Refused
from treadle.api.workspaces import engine_called
from treadle.runtime.engine import Engine
from treadle.runtime.identity.openid import KEPT
from treadle.runtime.services import signin

COOKIE = "treadle_sign_in"

Text = Annotated[str, QueryParameter(max_length=8000)]


class SignInWay(msgspec.Struct, frozen=True):
    """A way to sign in: its `label` for a button, and where that leads; nowhere for the form of email and password."""

    name: str
    label: str
    start: str | None


class SignInWays(msgspec.Struct, frozen=True):
    """What a page of signing in offers."""

    items: list[SignInWay]


@get("/ways", summary="Ways to sign in", anybody=True, codes=("csrf_failed", "too_many_requests"))
async def ways(engine: NamedDependency[Engine]) -> SignInWays:
    """By password, and at an identity provider where one is set."""
    starts = {"openid": "/api/v1/session/openid"}
    return SignInWays([SignInWay(each.name, each.label, starts.get(each.name)) for each in signin.providers(engine)])


@get(
    "/openid",
    status_code=302,
    summary="Go to the identity provider",
    anybody=True,
    codes=("no_provider", "not_verified", "csrf_failed", "too_many_requests"),
)
async def start_openid(
    engine: NamedDependency[Engine],
    limits: NamedDependency[Limits],
    request: Request[Any, Any, Any],
    workspace: Annotated[
        str, QueryParameter(max_length=40, description="Its slug; the first one's if it is left out.")
    ] = "",
) -> Response[None]:
    """Send the browser to the identity provider (OpenID Connect, authorization code with PKCE)."""
    _count(engine, request, limits)
    try:
        begun = await signin.begun(engine, str(request.base_url))
    except signin.NoProvider:
        raise _none() from None
    except signin.NotVerified as reason:
        raise Refused("not_verified", f"{reason}.") from None
    return _to(begun.address, [_cookie(engine, request, f"{workspace}.{begun.kept}")])


@get(
    "/openid/callback",
    status_code=302,
    summary="Come back from the identity provider",
    anybody=True,
    codes=("no_provider", "not_verified", "sign_in_refused", "csrf_failed", "too_many_requests"),
)
async def end_openid(
    engine: NamedDependency[Engine],
    limits: NamedDependency[Limits],
    request: Request[Any, Any, Any],
    code: Text = "",
    given: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
    error: Text = "",
) -> Response[None]:
    """Check who came back, open a session, and go to the first page. Somebody who is no member has to be invited."""
    address = _count(engine, request, limits)
    brought = {"code": "" if error else code, "state": given}
    try:
        slug, _, kept = request.cookies.get(COOKIE, "").partition(".")
        if (here := await engine_called(engine, slug)) is None:
            raise signin.SignInRefused
        token = await signin.ended(here, brought, kept, instead=session_of(here, request), address=address)
    except signin.NoProvider:
        raise _none() from None
    except signin.NotVerified as reason:
        raise Refused("not_verified", f"{reason}.") from None
    except signin.SignInRefused:
        raise Refused("sign_in_refused", "You are known there, and no member here; ask for an invitation.") from None
    return _to("/", [session_cookie(here, request, token), _cookie(engine, request, None)])


def _none() -> Refused:
    return Refused("no_provider", "This installation has no identity provider.")


def _count(engine: Engine, request: Request[Any, Any, Any], limits: Limits) -> str:
    address = client(request.scope, request.headers, networks(engine.settings.proxies))
    limits.sign_in(address, f"at the provider, from {address}")
    return address


def _to(address: str, cookies: list[Cookie]) -> Response[None]:
    headers = {"Location": address, "Cache-Control": "no-store"}
    return Response(None, status_code=302, headers=headers, cookies=cookies)


def _cookie(engine: Engine, request: Request[Any, Any, Any], kept: str | None) -> Cookie:
    tls = secure(request.scope, request.headers, networks(engine.settings.proxies))
    return Cookie(
        key=COOKIE,
        value=kept or "",
        max_age=KEPT if kept else 0,
        path="/api/v1/session/openid",
        httponly=True,
        samesite="lax",
        secure=tls or engine.settings.env == "production",
    )


router = Router("/session", route_handlers=[ways, start_openid, end_openid], tags=["People"])
