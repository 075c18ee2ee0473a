"""What a way to sign in is. Owns the interface only.

A password is verified where it is given; an identity provider sends the person's browser there and back. Both end with
an identity: somebody of whom it is known who they are, and not yet whether they may come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec


class NotVerified(Exception):
    """It is not known who this is. One sentence, which says no more than the person may know."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is: the `subject` that the `issuer` knows them by for ever, and their `email` as verified there."""

    issuer: str
    subject: str
    email: str
    name: str = ""


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and a sealed text that it keeps until it comes back."""

    address: str
    kept: str


class IdentityProvider(Protocol):
    """A way to sign in. `name` stands in addresses, `label` on the button."""

    name: str
    label: str

    async def begin(self, redirect_uri: str) -> Begun | None:
        """The way to the provider; None for one that asks right here. Raises `NotVerified`."""
        ...

    async def verify(self, given: Mapping[str, str], kept: str | None) -> Identity:
        """Who this is, from what the person or their browser brought. Raises `NotVerified`."""
        ...
