"""Secrets that are shown once: of sessions, of invitations, of API keys. Owns making them and what is kept of them.

Each is 256 random bits. The database holds SHA-256 of it, which nobody can turn back and which needs no salt, because
there is nothing to guess; and what is looked up is the digest, so time tells nothing about a secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from uuid import UUID

from treadle.runtime.belonging import marked, workspace_of

_LENGTH = 43
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}(?:[A-Za-z0-9_-]{22})?")


def new_token(workspace: UUID) -> str:
    """A fresh secret of a workspace in base64url; see `belonging`."""
    return marked(workspace, secrets.token_urlsafe(32))


def token_workspace(token: str) -> UUID:
    """The workspace that a secret says it is of."""
    return workspace_of(token, _LENGTH)


def is_token(text: str) -> bool:
    """Whether this could be one of ours."""
    return _TOKEN.fullmatch(text) is not None


def digest(token: str) -> bytes:
    """What is stored of a secret: 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def csrf_token(session: str) -> str:
    """What a page of ours sends beside the cookie: it follows from the session's secret, so no other site knows it."""
    made = hmac.digest(session.encode(), b"treadle csrf", "sha256")
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def same(given: str, wanted: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())
