"""What was live when: publications, the versions of a file, what changed between two sets, and going back to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.drafts.comparing import Difference, difference
from treadle.runtime.drafts.history import FileAt, History, Made, Version
from treadle.runtime.drafts.paths import checked
from treadle.runtime.engine import Engine, Policy, Published
from treadle.runtime.languagework import in_thread
from treadle.runtime.publishing import Why
from treadle.runtime.services.files import FileUnknown, drafts_of
from treadle.runtime.services.publications import made_live

Against = UUID | Literal["live", "draft", "before"]
"""The other side of a comparison: a publication, the live one, the working set, or the publication before."""


class PublicationUnknown(Exception):
    """There is no such publication; those that nothing is kept of are forgotten."""


class Held(msgspec.Struct, frozen=True):
    """A publication with its files."""

    publication: Made
    files: list[FileAt]


class OldText(msgspec.Struct, frozen=True):
    """The text of a file as it was in a publication."""

    path: str
    text: str


async def listed(engine: Engine, who: Principal, before: UUID | None, limit: int) -> list[Made]:
    """Publications, newest first. Raises `Forbidden`."""
    who.require("read")
    return await _history(engine).page(before, limit)


async def held(engine: Engine, who: Principal, id: UUID) -> Held:
    """One publication with its files. Raises `Forbidden` and `PublicationUnknown`."""
    who.require("read")
    return Held(await _known(engine, id), await _history(engine).files(id))


async def old_text(engine: Engine, who: Principal, id: UUID, path: str) -> OldText:
    """A file as it was. Raises `Forbidden`, `PublicationUnknown`, `PathInvalid` and `FileUnknown`."""
    who.require("read")
    await _known(engine, id)
    found = await _history(engine).texts(id, checked(path))
    if path not in found:
        raise FileUnknown(f"this publication has no file {path}")
    return OldText(path, found[path])


async def of_file(engine: Engine, who: Principal, path: str, before: UUID | None, limit: int) -> list[Version]:
    """The publications that changed a file, newest first. Raises `Forbidden` and `PathInvalid`."""
    who.require("read")
    return await _history(engine).versions(checked(path), before, limit)


async def compared(engine: Engine, who: Principal, id: UUID | None, against: Against) -> Difference:
    """What becomes of the files and of what they mean from a publication (None: the live one) to another set. `before`
    asks the other way round: what this publication changed. Raises `Forbidden` and `PublicationUnknown`.
    """
    who.require("read")
    here = await _texts(engine, id)
    match against:
        case "before":
            since = await _history(engine).before(id) if id else None
            old, new = (await _texts(engine, since) if since else {}), here
        case "draft":
            old, new = here, await drafts_of(engine).texts()
        case "live":
            old, new = here, await _texts(engine, None)
        case UUID():
            old, new = here, await _texts(engine, against)
    return await in_thread(lambda: difference(old, new))


async def rolled_back(
    engine: Engine,
    who: Principal,
    id: UUID,
    policy: Policy = "stay",
    comment: str | None = None,
    *,
    preview: bool = False,
) -> Published:
    """Make the files of an earlier publication live again, as a new one. Drafts stay. Raises `Forbidden`,
    `PublicationUnknown` and `Outrun`.
    """
    who.require("edit")
    await _known(engine, id)
    texts = await _history(engine).texts(id)
    why = Why(who=who.name, comment=comment, restores=id)
    return await made_live(engine, who, texts, policy, why, preview=preview)


async def _known(engine: Engine, id: UUID) -> Made:
    found = await _history(engine).one(id)
    if found is None:
        raise PublicationUnknown(f"there is no publication {id}")
    return found


async def _texts(engine: Engine, id: UUID | None) -> Mapping[str, str]:
    if id is None:
        live = await engine.store.live()
        return await _history(engine).texts(live) if live else {}
    await _known(engine, id)
    return await _history(engine).texts(id)


def _history(engine: Engine) -> History:
    return History(engine.database.pool, engine.database.store.workspace_id)
