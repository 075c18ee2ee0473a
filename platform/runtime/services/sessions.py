"""Signing in and out, and one's own password. Who signs in has no principal yet; everybody else has theirs.

A person is found by a way to sign in: a password here, or an identity provider, which calls `opened` for the member
whom it has verified. A session is new at each sign-in, so that nobody can hand another theirs.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from treadle.runtime.access import SYSTEM, Principal
from treadle.runtime.engine import Engine
from treadle.runtime.identity.password import PasswordProvider
from treadle.runtime.identity.provider import NotVerified
from treadle.runtime.ids import new_id
from treadle.runtime.people import passwords, people_of
from treadle.runtime.people.callers import member
from treadle.runtime.people.tokens import digest, new_token
from treadle.runtime.services.audit import entry

SECONDS = 7 * 24 * 3600
"""How long a session lasts, whatever happens in it."""


class SignInRefused(Exception):
    """The email and the password are not those of one member; it is not said which of the two is wrong."""


class NoSession(Exception):
    """Only somebody who is signed in can do that: keys and the platform itself have no session and no password."""


async def signed_in(engine: Engine, email: str, password: str, *, instead: str | None = None, address: str = "") -> str:
    """Sign in by password; the secret of the new session, which takes the place of the session `instead`. Raises
    `SignInRefused`, which the audit log tells of, with the `address` that it came from.
    """
    try:
        who = await PasswordProvider(people_of(engine)).verify({"email": email_form(email), "password": password})
    except NotVerified:
        await refused(engine, email_form(email), address)
        raise SignInRefused from None
    return await opened(engine, UUID(who.subject), instead=instead)


async def refused(engine: Engine, account: str, address: str) -> None:
    """Tell the audit log that somebody was not let in."""
    told, named = entry(engine, SYSTEM, "session.refused", account), f"somebody at {address}" if address else "somebody"
    nobody = msgspec.structs.replace(told, who_kind="nobody", who_name=named)
    await people_of(engine).note_refused(nobody)


async def opened(engine: Engine, user_id: UUID, *, instead: str | None = None) -> str:
    """Sign in a member whom somebody has verified; the secret of the new session. Raises `SignInRefused` for who is no
    member.
    """
    people = people_of(engine)
    if (user := await people.user(user_id)) is None:
        raise SignInRefused
    token = new_token(engine.store.workspace_id)
    written = entry(engine, member(people, user), "session.opened", str(user_id))
    await people.open_session(new_id(), user_id, digest(token), SECONDS, digest(instead or ""), written)
    return token


async def signed_out(engine: Engine, who: Principal, token: str | None) -> None:
    """End a session. Raises `NoSession`."""
    if who.kind != "user" or token is None:
        raise NoSession
    await people_of(engine).close_session(digest(token), entry(engine, who, "session.closed", str(who.id)))


async def password_changed(engine: Engine, who: Principal, old: str, new: str) -> str:
    """Change one's own password: all sessions end, and the secret of a new one is given. Raises `NoSession`, and
    `SignInRefused` when `old` is wrong.
    """
    people = people_of(engine)
    if who.kind != "user" or who.id is None or (user := await people.user(who.id)) is None:
        raise NoSession
    stored = await people.password_of(user.email)
    if not await passwords.fits(stored[1] if stored else None, old):
        await refused(engine, user.email, who.name)
        raise SignInRefused
    await people.set_password(who.id, await passwords.hashed(new), entry(engine, who, "password.changed", str(who.id)))
    return await opened(engine, who.id)


def email_form(email: str) -> str:
    """An email as it is stored and compared."""
    return email.strip().lower()
