"""Secrets name the workspace that they belong to, so that who presents one is sent there without asking anybody.

Owns the form: a secret of another workspace than the first begins with 22 characters of base64url, the workspace's id.
They are no proof; the workspace that is named looks the secret up as ever, among its own.
"""

from __future__ import annotations

import base64
import secrets
from binascii import Error
from uuid import UUID

from treadle.runtime.ids import DEFAULT_WORKSPACE

_MARK = 22
_HOOK = 32  # characters


def marked(workspace: UUID, secret: str) -> str:
    """The secret as it is given away."""
    if workspace == DEFAULT_WORKSPACE:
        return secret
    return base64.urlsafe_b64encode(workspace.bytes).decode().rstrip("=") + secret


def workspace_of(presented: str, plain: int) -> UUID:
    """Whose a secret claims to be; without its mark it has `plain` characters. What is neither is looked up in the
    first workspace, which does not know it either.
    """
    if len(presented) == plain + _MARK and presented.isascii():
        try:
            return UUID(bytes=base64.urlsafe_b64decode(presented[:_MARK] + "=="))
        except (Error, ValueError):
            return DEFAULT_WORKSPACE
    return DEFAULT_WORKSPACE


def new_hook(workspace: UUID) -> str:
    """A fresh secret for the address of a hook: 192 random bits."""
    return marked(workspace, secrets.token_urlsafe(24))


def hook_workspace(secret: str) -> UUID:
    """The workspace that the secret in the address of a hook says it is of."""
    return workspace_of(secret, _HOOK)
