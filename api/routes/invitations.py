"""`/invitations`: asking somebody in, and coming in."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.cookies import session_of
from treadle.api.limits import Limits
from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Email, Limit, NewPassword, PersonName
from treadle.api.problems import Refused
from treadle.api.routes.session import Session, begun, tried
from treadle.api.routes.users import taken
from treadle.api.workspaces import engine_of
from treadle.runtime.access import Principal, Role
from treadle.runtime.engine import Engine
from treadle.runtime.people.records import Invitation
from treadle.runtime.people.tokens import token_workspace
from treadle.runtime.people.users import EmailTaken
from treadle.runtime.services import invitations

Token = Annotated[str, msgspec.Meta(min_length=1, max_length=100, description="The secret of an invitation.")]


class InvitationPage(Page[Invitation], frozen=True):
    """A page of invitations."""


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to ask in, as what, and for how many days the invitation is good."""

    email: Email
    role: Role
    days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 7


class Invited(msgspec.Struct, frozen=True):
    """An invitation; `token` is its secret, shown this once. Give it to the person, and to nobody else."""

    id: UUID
    token: str


class Acceptance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secret of an invitation, and how the new member is called and signs in."""

    token: Token
    name: PersonName
    password: NewPassword


@get("/", summary="Invitations, newest first")
async def list_invitations(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], cursor: Cursor = None, limit: Limit = 50
) -> InvitationPage:
    """Those that nobody has accepted."""
    found = await invitations.listed(engine, who, before=before(cursor), limit=limit + 1)
    return InvitationPage(*cut(found, limit, lambda each: each.id))


@post("/", status_code=201, summary="Invite somebody", codes=("email_taken",))
async def invite(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], data: JSONBody[NewInvitation]
) -> Invited:
    """Nothing is sent: the answer holds the secret to hand over."""
    try:
        return Invited(*await invitations.invited(engine, who, data.email, data.role, data.days))
    except EmailTaken:
        raise taken(data.email) from None


@delete("/{invitation_id:uuid}", status_code=204, summary="Take an invitation back", codes=("invitation_unknown",))
async def withdraw_invitation(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], invitation_id: FromPath[UUID]
) -> None:
    """Its secret opens nothing any more."""
    try:
        await invitations.withdrawn(engine, who, invitation_id)
    except KeyError:
        raise Refused("invitation_unknown", f"There is no open invitation {invitation_id}.") from None


@post(
    "/accept",
    status_code=201,
    summary="Accept an invitation",
    codes=("invitation_unknown", "email_taken", "sign_in_refused", "csrf_failed", "too_many_requests"),
    anybody=True,
    repeatable=True,
)
async def accept_invitation(
    engine: NamedDependency[Engine],
    limits: NamedDependency[Limits],
    request: Request[Any, Any, Any],
    data: JSONBody[Acceptance],
) -> Response[Session]:
    """Become a member and be signed in. An invitation is good once."""
    tried(engine, request, limits, f"invitation {data.token}")
    here = await engine_of(engine, token_workspace(data.token))
    try:
        if here is None:
            raise KeyError
        instead = session_of(here, request)
        token = await invitations.accepted(here, data.token, data.name, data.password, instead=instead)
    except KeyError:
        raise Refused("invitation_unknown", "This invitation is spent, over, or was never made.") from None
    except EmailTaken as email:
        raise taken(str(email)) from None
    return await begun(here, request, token, 201)


router = Router(
    "/invitations", route_handlers=[list_invitations, invite, withdraw_invitation, accept_invitation], tags=["People"]
)
