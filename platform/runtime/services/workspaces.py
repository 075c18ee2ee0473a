"""Workspaces: which there are for whoever asks, making one, and what it is called.

The owners of the first workspace are those of the installation: they see that the others are there and make new ones.
What is in another workspace is for its own members and keys alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from treadle.runtime.access import RIGHTS, Forbidden, Principal
from treadle.runtime.engine import Engine
from treadle.runtime.ids import new_id
from treadle.runtime.keys import new_key, shown
from treadle.runtime.people import People, people_of
from treadle.runtime.people.keyring import NewKey
from treadle.runtime.people.tokens import digest
from treadle.runtime.services.audit import Told, audited, entry, noted
from treadle.runtime.workspaces import SlugTaken, Workspace, Workspaces

__all__ = ["Made", "SlugTaken", "listed", "made", "renamed"]


class Made(msgspec.Struct, frozen=True):
    """A new workspace, and the key of whoever made it, where that was a program; shown this once."""

    workspace: Workspace
    key: str | None


async def listed(engine: Engine, who: Principal) -> list[Workspace]:
    """The workspace of who asks; all of them for owners of the installation. Raises `Forbidden`."""
    who.require("read")
    await engine.installation.look()
    known = engine.installation.known
    return list(known.values()) if rules_all(engine, who) else [known[who.workspace_id]]


def rules_all(engine: Engine, who: Principal) -> bool:
    """Whether this is an owner of the installation, or a program that may administer it."""
    return who.workspace_id == engine.installation.main.store.workspace_id and "administer" in who.rights


async def made(engine: Engine, who: Principal, id: UUID, slug: str, name: str) -> Made:
    """Make a workspace. Whoever does is its first owner: a person with the email and the password that they have here,
    a program by a key of its own. Raises `Forbidden` and `SlugTaken`.
    """
    who.require("administer")
    if not rules_all(engine, who):
        raise Forbidden("administer", "The owners of the first workspace make others")
    inside = engine.database.of(id)
    people, key, account = People(inside.pool, id), None, await _account(engine, who)
    if account is None:
        key = new_key(id)

    async def make() -> None:
        await Workspaces(inside.pool, id).make(slug, name)
        told = entry(engine, who, "workspace.made", slug, {"name": name})
        if key is not None:
            new = NewKey(
                id=new_id(), name=who.name.removeprefix("key "), digest=digest(key), starts=shown(key),
                scopes=sorted(RIGHTS["owner"]), by=who.name, expires=None,
            )  # fmt: skip
            await people.add_key(new, told)
        elif account is not None:
            await people.add_user(new_id(), *account, "owner", told)

    await people.as_one(make)
    await noted(engine, who, Told("workspace.made", slug, {"name": name}))
    await engine.installation.look()
    return Made(engine.installation.known[id], key)


async def _account(engine: Engine, who: Principal) -> tuple[str, str, str | None] | None:
    """The email, the name and the stored password of a person; None for a program."""
    people = people_of(engine)
    user: Any = await people.user(who.id) if who.kind == "user" and who.id is not None else None
    if user is None:
        return None
    stored = await people.password_of(user.email)
    return user.email, user.name, stored[1] if stored else None


async def renamed(engine: Engine, who: Principal, slug: str, new_slug: str | None, name: str | None) -> Workspace:
    """Call the workspace of who asks otherwise. Its secrets hold. Raises `Forbidden`, `SlugTaken`, and `KeyError` for
    another one.
    """
    who.require("administer")
    mine = engine.installation.known[who.workspace_id]
    if mine.slug != slug:
        raise KeyError(slug)
    to, called = new_slug or mine.slug, name or mine.name
    stored = Workspaces(engine.database.pool, mine.id)
    told = Told("workspace.renamed", to, {"name": called, "before": mine.slug})
    await audited(engine, who, lambda: stored.rename(to, called), lambda _: told)
    await engine.installation.look()
    return engine.installation.known[mine.id]
