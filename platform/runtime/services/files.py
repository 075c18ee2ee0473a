"""Rule files being edited: who may look at the working set and who may write drafts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from treadle.runtime.access import Principal
from treadle.runtime.drafts.paths import PathInvalid, checked
from treadle.runtime.drafts.records import NOTHING, Drafts
from treadle.runtime.drafts.working import (
    Stale,
    State,
    Stored,
    TextInvalid,
    Wants,
    checked_text,
    etag,
    revision,
    working_etags,
)
from treadle.runtime.engine import Engine
from treadle.runtime.services import language
from treadle.runtime.services.audit import Told, audited

__all__ = ["FileUnknown", "PathInvalid", "Stale", "TextInvalid", "Wants"]


class FileUnknown(Exception):
    """The working set has no such file."""


class Found(msgspec.Struct, frozen=True):
    """What checking the working set finds in one file."""

    errors: int = 0
    warnings: int = 0


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """A rule file in the working set: the live files, overlaid by drafts. `etag` is None for one that is to be gone;
    `published` is the ETag of the live one. `outdated`: the live one changed after the draft was begun, so it is not
    published before somebody writes it with the live one's ETag as `base`.
    """

    path: str
    state: State
    etag: str | None
    published: str | None
    outdated: bool
    bytes: int
    changed_at: datetime | None = None
    who: str | None = None
    found: Found | None = None


class Text(msgspec.Struct, frozen=True):
    """A rule file with its text."""

    file: RuleFile
    text: str


class Working(msgspec.Struct, frozen=True):
    """The whole working set. `revision` changes when any file does."""

    revision: str
    files: list[RuleFile]


class Sources(msgspec.Struct, frozen=True):
    """The working set as texts by path."""

    revision: str
    texts: dict[str, str]


async def listed(engine: Engine, who: Principal, *, check: bool = False) -> Working:
    """Every file, in order of the paths; with `check`, what is wrong with each, raising what `language.counted` does.
    Raises `Forbidden`.
    """
    who.require("read")
    drafts = drafts_of(engine)
    stored = [each for each in await drafts.files() if each.etag or each.live]
    found = await _found(engine, who) if check else None
    told = revision(working_etags(stored))
    return Working(told, [_view(each, found.get(each.path, Found()) if found is not None else None) for each in stored])


async def sources(engine: Engine, who: Principal) -> Sources:
    """What the working set says, for whoever works on the language. Raises `Forbidden`."""
    who.require("read")
    texts = await drafts_of(engine).texts()
    return Sources(revision({path: etag(text) for path, text in texts.items()}), texts)


async def read(engine: Engine, who: Principal, path: str) -> Text:
    """One file. Raises `Forbidden`, `FileUnknown` and `PathInvalid`."""
    who.require("read")
    found = await drafts_of(engine).file(checked(path))
    if found is None or found[1] is None:
        raise FileUnknown(f"there is no file {path}")
    return Text(_view(found[0]), found[1])


async def written(
    engine: Engine, who: Principal, path: str, text: str, wants: Wants = NOTHING, base: str | None = None
) -> RuleFile:
    """Keep this text as a draft. Raises `Forbidden`, `PathInvalid`, `TextInvalid` and `Stale`."""
    who.require("edit")
    drafts, path, text = drafts_of(engine), checked(path), checked_text(text)
    stored = await audited(
        engine,
        who,
        lambda: drafts.write(path, text, who.name, wants, base),
        lambda stored: Told("file.written", path, {"etag": stored.etag}),
    )
    return _view(stored)


async def deleted(engine: Engine, who: Principal, path: str, wants: Wants = NOTHING, *, discard: bool = False) -> None:
    """Take the file out of the working set; with `discard`, throw only its draft away. Raises `Forbidden`,
    `PathInvalid`, `FileUnknown` and `Stale`.
    """
    who.require("edit")
    drafts = drafts_of(engine)
    known = await drafts.file(checked(path))
    if known is None or (known[1] is None and not discard):
        raise FileUnknown(f"there is no file {path}")
    told = Told("file.discarded" if discard else "file.deleted", path)

    async def gone() -> None:
        await (drafts.discard(path, wants) if discard else drafts.delete(path, who.name, wants))

    await audited(engine, who, gone, lambda _: told)


async def moved(engine: Engine, who: Principal, path: str, to: str, wants: Wants = NOTHING) -> RuleFile:
    """Call a file otherwise. Raises like `deleted`, and `Stale` for a name that is taken."""
    who.require("edit")
    drafts = drafts_of(engine)
    known = await drafts.file(checked(path))
    if known is None or known[1] is None:
        raise FileUnknown(f"there is no file {path}")
    to, told = checked(to), Told("file.moved", path, {"to": to})
    return _view(await audited(engine, who, lambda: drafts.move(path, to, who.name, wants), lambda _: told))


def drafts_of(engine: Engine) -> Drafts:
    """The drafts of the engine's workspace."""
    return Drafts(engine.database.pool, engine.database.store.workspace_id)


async def _found(engine: Engine, who: Principal) -> dict[str, Found]:
    return {each.file: Found(each.errors, each.warnings) for each in await language.counted(engine, who)}


def _view(stored: Stored, found: Found | None = None) -> RuleFile:
    changed = stored.state != "published"
    return RuleFile(
        path=stored.path,
        state=stored.state,
        etag=stored.etag,
        published=stored.live,
        outdated=stored.outdated,
        bytes=stored.bytes,
        changed_at=stored.changed_at if changed else None,
        who=stored.who if changed else None,
        found=found,
    )
