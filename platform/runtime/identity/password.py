"""Signing in by email and password. Owns that an unknown email and a wrong password are one answer in one time."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.runtime.identity.provider import Begun, Identity, NotVerified
from treadle.runtime.people import passwords
from treadle.runtime.people.store import People

ISSUER = "password"


class PasswordProvider:
    """The members of one workspace; the subject is the id of the member."""

    name = "password"
    label = "Email and password"

    def __init__(self, people: People) -> None:
        self._people = people

    async def begin(self, redirect_uri: str) -> Begun | None:
        """Nothing to begin: the form is ours."""
        return None

    async def verify(self, given: Mapping[str, str], kept: str | None = None) -> Identity:
        """`given` has `email`, in the form it is stored in, and `password`. Raises `NotVerified`."""
        found = await self._people.password_of(given["email"])
        fits = await passwords.fits(found[1] if found else None, given["password"])
        if found is None or not fits:
            raise NotVerified("no member has this email and this password")
        return Identity(issuer=ISSUER, subject=str(found[0]), email=given["email"])
