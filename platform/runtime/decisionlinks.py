"""Links by which somebody without an account decides one question.

Owns their text: which question of which workspace, for whom it was made and until when, sealed with the installation's
key, so that nobody else can make one or change one. Nothing of it is stored; a link ends with its time, and with the
question.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from uuid import UUID

import msgspec

from treadle.runtime.vault import Vault, VaultError

_FIELD = "decision"
_HEAD = 32  # bytes: a workspace, a question


class LinkUnknown(Exception):
    """No link of this installation: never made, or changed on its way."""

    def __init__(self) -> None:
        super().__init__("this link was not made here, or not all of it arrived")


class DecisionLink(msgspec.Struct, frozen=True, kw_only=True):
    """`to` is whom the history will name, `by` who made it."""

    workspace_id: UUID
    approval_id: UUID
    to: str
    by: str
    until: datetime


def link_text(vault: Vault, link: DecisionLink) -> str:
    """What stands in the address; letters, digits, `.`, `-` and `_`."""
    head = base64.urlsafe_b64encode(link.workspace_id.bytes + link.approval_id.bytes).rstrip(b"=").decode()
    told = msgspec.json.encode(link).decode()
    return f"{head}.{vault.seal(told, workspace_id=link.workspace_id, connection_id=link.approval_id, field=_FIELD)}"


def read_link(vault: Vault, text: str) -> DecisionLink:
    """The link of that text, also one whose time is over. Raises `LinkUnknown`."""
    head, _, sealed = text.partition(".")
    try:
        ids = base64.urlsafe_b64decode(head + "=")
        if len(ids) != _HEAD:
            raise LinkUnknown
        owner, asked = UUID(bytes=ids[:16]), UUID(bytes=ids[16:])
        told = vault.open(sealed, workspace_id=owner, connection_id=asked, field=_FIELD)
    except (binascii.Error, ValueError, VaultError):
        raise LinkUnknown from None
    return msgspec.json.decode(told, type=DecisionLink)
