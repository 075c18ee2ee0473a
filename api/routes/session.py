"""`/session`: signing in and out, who one is, one's own password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from treadle.api.addresses import client, networks
from treadle.api.cookies import session_cookie, session_of
from treadle.api.limits import Limits
from treadle.api.parameters import Email, NewPassword, Password
from treadle.api.problems import Refused
from treadle.api.workspaces import engine_named
from treadle.runtime.access import Principal, Right, Role
from treadle.runtime.engine import Engine
from treadle.runtime.people import passwords, people_of
from treadle.runtime.people.callers import by_session
from treadle.runtime.people.tokens import csrf_token
from treadle.runtime.services import sessions


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By what a person signs in."""

    email: Email
    password: Password


class NewOwnPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One's password until now, and the one from now on."""

    old: Password
    new: NewPassword


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, in which workspace (its slug): a signed-in person (`user`) or a program (`key`), and what they may.
    `csrf` goes into the header `X-CSRF-Token` of every request with the cookie that changes something; a key needs
    none.
    """

    workspace: str
    kind: str
    id: UUID | None
    name: str
    role: Role | None
    rights: list[Right]
    groups: list[str]
    csrf: str | None


def session(engine: Engine, who: Principal, token: str | None) -> Session:
    """The answer about a principal."""
    return Session(
        workspace=engine.installation.known[who.workspace_id].slug,
        kind=who.kind,
        id=who.id,
        name=who.name,
        role=who.role,
        rights=sorted(who.rights),
        groups=sorted(who.groups),
        csrf=csrf_token(token) if who.kind == "user" and token else None,
    )


async def begun(engine: Engine, request: Request[Any, Any, Any], token: str, status: int) -> Response[Session]:
    """The answer that gives somebody their new session."""
    who = await by_session(people_of(engine), token)
    if who is None:
        raise refused()
    return Response(session(engine, who, token), status_code=status, cookies=[session_cookie(engine, request, token)])


def refused() -> Refused:
    """The one answer to everybody who cannot sign in."""
    return Refused("sign_in_refused", "No member has this email and this password.")


def tried(engine: Engine, request: Request[Any, Any, Any], limits: Limits, account: str) -> str:
    """Count a try to come in; the address that it comes from. Raises `Refused` (429)."""
    address = client(request.scope, request.headers, networks(engine.settings.proxies))
    limits.sign_in(address, sessions.email_form(account))
    return address


@post(
    "/",
    status_code=201,
    summary="Sign in",
    codes=("sign_in_refused", "csrf_failed", "too_many_requests"),
    anybody=True,
    repeatable=True,
)
async def sign_in(
    engine: NamedDependency[Engine],
    limits: NamedDependency[Limits],
    request: Request[Any, Any, Any],
    data: JSONBody[SignIn],
) -> Response[Session]:
    """Open a session and set its cookie, in the workspace that `Treadle-Workspace` names or else the first one. An
    unknown email and a wrong password get the same answer; who tries often has to wait. Sessions in other workspaces
    stay open beside it.
    """
    address, here = tried(engine, request, limits, data.email), await engine_named(engine, request)
    if here is None:
        await passwords.fits(None, data.password)  # takes as long as where there is such a workspace
        raise refused()
    instead = session_of(here, request)
    try:
        token = await sessions.signed_in(here, data.email, data.password, instead=instead, address=address)
    except sessions.SignInRefused:
        raise refused() from None
    return await begun(here, request, token, 201)


@get("/", summary="Who am I")
async def who_am_i(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], request: Request[Any, Any, Any]
) -> Session:
    """Who asks and what they may, with the token that changes need beside the cookie."""
    return session(engine, who, session_of(engine, request))


@delete("/", status_code=204, summary="Sign out", codes=("session_needed",))
async def sign_out(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], request: Request[Any, Any, Any]
) -> Response[None]:
    """End the session, in every process at once."""
    try:
        await sessions.signed_out(engine, who, session_of(engine, request))
    except sessions.NoSession:
        raise Refused("session_needed", "A key has no session to end; revoke it at /keys.") from None
    return Response(None, status_code=204, cookies=[session_cookie(engine, request, None)])


@put(
    "/password",
    status_code=200,
    summary="Change one's password",
    codes=("session_needed", "sign_in_refused", "too_many_requests"),
)
async def change_password(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    limits: NamedDependency[Limits],
    request: Request[Any, Any, Any],
    data: JSONBody[NewOwnPassword],
) -> Response[Session]:
    """Every session of the person ends; this answer begins a new one."""
    tried(engine, request, limits, str(who.id))
    try:
        token = await sessions.password_changed(engine, who, data.old, data.new)
    except sessions.NoSession:
        raise Refused("session_needed", "Only a signed-in person has a password.") from None
    except sessions.SignInRefused:
        raise Refused("sign_in_refused", "`old` is not your password.") from None
    return await begun(engine, request, token, 200)


router = Router("/session", route_handlers=[sign_in, who_am_i, sign_out, change_password], tags=["People"])
