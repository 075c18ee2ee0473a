"""Who asks, and what they may: roles, the rights that come with them, and the refusal.

Everything that a person or a program asks of the platform from outside goes through `treadle.runtime.services`, whose
functions take a `Principal` and require a right of it before they do anything. Owns no storage and knows no HTTP.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from treadle.runtime.ids import DEFAULT_WORKSPACE

Role = Literal["owner", "editor", "operator", "viewer"]
"""What a member of a workspace is; each may what the next one may, and more."""

Right = Literal["read", "operate", "edit", "administer"]
"""`read`: look at everything but secrets. `operate`: start, cancel, retry, resolve, decide, switch rules, put events.
`edit`: rule files, connections, backtests. `administer`: people, keys, the audit log, the workspace.
"""

RIGHTS: dict[Role, frozenset[Right]] = {
    "viewer": frozenset({"read"}),
    "operator": frozenset({"read", "operate"}),
    "editor": frozenset({"read", "operate", "edit"}),
    "owner": frozenset({"read", "operate", "edit", "administer"}),
}


class Forbidden(Exception):
    """The principal may not do that. One sentence that names the right, unless `message` says more."""

    def __init__(self, right: Right, message: str | None = None) -> None:
        super().__init__(message or f"This needs the right to {right}, which this role or key does not have")
        self.right = right


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever asks: a signed-in person, an API key, or the platform itself.

    `name` is what history and the audit log show; `rights` are those of the role, for a key no more than its scopes;
    `groups` are the groups of a person, by name.
    """

    workspace_id: UUID
    kind: Literal["user", "key", "system"]
    id: UUID | None
    name: str
    rights: frozenset[Right]
    role: Role | None = None
    groups: frozenset[str] = frozenset()

    def require(self, right: Right) -> None:
        """Raises `Forbidden` without this right."""
        if right not in self.rights:
            raise Forbidden(right)

    def called(self, said: str | None) -> str:
        """Whom the history names for an order: a person by their account, whatever was said; a program may say whom it
        speaks for.
        """
        return self.name if self.kind == "user" or said is None else said


SYSTEM = Principal(workspace_id=DEFAULT_WORKSPACE, kind="system", id=None, name="treadle", rights=RIGHTS["owner"])
"""The platform itself, and whoever has its shell: the command line on the machine of the database."""
