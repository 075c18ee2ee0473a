"""Rule files: who may check them and who may make them the live ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from treadle.runtime import publishing
from treadle.runtime.access import Principal
from treadle.runtime.drafts.paths import checked
from treadle.runtime.drafts.working import Stored
from treadle.runtime.engine import Engine, Policy, Published
from treadle.runtime.language.compiling import compiled_apart
from treadle.runtime.publishing import Why
from treadle.runtime.services.audit import Told, audited
from treadle.runtime.services.files import drafts_of
from treadle.runtime.worldrecords import NOTHING_LIVE, Outrun

_TRIES = 3


class DraftsOutdated(Exception):
    """The live file changed after a draft of it was begun. Says which."""

    def __init__(self, files: list[Stored]) -> None:
        several = len(files) > 1
        named = ", ".join(each.path for each in files[:5]) + (" and others" if len(files) > 5 else "")
        super().__init__(
            f"{named} changed after {'these drafts were' if several else 'the draft was'} begun; compare with the live "
            f"{'files' if several else 'file'}, then write what holds with `base` set to the live one's ETag"
        )
        self.files = files


async def published(
    engine: Engine,
    who: Principal,
    files: Mapping[str, str] | None,
    policy: Policy = "stay",
    comment: str | None = None,
    *,
    preview: bool = False,
    onto: UUID | None = None,
) -> Published:
    """Make files by path the live ones, or the working set for None, unless they have errors; with `preview`, only say
    what would happen. With `onto` only while that publication is live. Raises `Forbidden`, `PathInvalid`,
    `Outrun` and `DraftsOutdated`.
    """
    who.require("edit")
    why = Why(who=who.name, comment=comment)
    if files is None:
        return await _working_set(engine, who, policy, why, preview=preview, onto=onto)
    for path in files:
        checked(path)
    return await made_live(engine, who, files, policy, why, preview=preview, onto=onto)


async def made_live(
    engine: Engine,
    who: Principal,
    files: Mapping[str, str],
    policy: Policy,
    why: Why,
    *,
    preview: bool = False,
    onto: UUID | None = None,
) -> Published:
    """Publish for the services, and forget the drafts that are live by now. Raises `Outrun`."""
    detail = {"files": sorted(files)[:100], "policy": policy, "comment": why.comment}
    told = Told("rules.published", None, detail)
    if why.restores is not None:
        told = Told("rules.rolled_back", str(why.restores), {"policy": policy, "comment": why.comment})

    async def within(switch: Callable[[], Awaitable[int]]) -> int:
        return await audited(engine, who, switch, lambda _: told)

    done = await publishing.publish(
        engine.store,
        engine.live,
        engine.webhooks,
        files,
        await engine.world(),
        policy=policy,
        preview=preview,
        why=why,
        onto=onto,
        within=within,
        compiled=await compiled_apart(engine, files),
    )
    engine.bell.ring()
    if not preview and not done.compiled.errors:
        await drafts_of(engine).settle()
    return done


async def _working_set(
    engine: Engine, who: Principal, policy: Policy, why: Why, *, preview: bool, onto: UUID | None
) -> Published:
    """The live files overlaid by drafts. They are read anew when another set went live meanwhile."""
    drafts = drafts_of(engine)
    for tried in range(_TRIES):
        standing = onto or await engine.store.live() or NOTHING_LIVE  # before the texts, so that none of them is newer
        if outdated := [each for each in await drafts.files() if each.outdated]:
            raise DraftsOutdated(outdated)
        texts = await drafts.texts()
        try:
            return await made_live(engine, who, texts, policy, why, preview=preview, onto=standing)
        except Outrun:
            if onto is not None or tried == _TRIES - 1:
                raise
    raise AssertionError("the last try returns or raises")
