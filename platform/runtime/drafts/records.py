"""Drafts as they are stored. Owns the reading of the working set and the writing under a lock; decides through
`working`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from treadle.runtime.drafts.working import MOST_FILES, Stale, Stored, TextInvalid, Wants, etag
from treadle.runtime.queries import query
from treadle.runtime.store.statements import Ask, Statements

_LOCK, _COUNT = query("lock_drafts"), query("count_files")
_FILES, _FILE, _TEXTS, _TEXT = (
    query("working_files"), query("working_file"), query("working_texts"), query("working_text"),
)  # fmt: skip
_MARK = query("working_mark")
_SAVE, _DROP, _SETTLE = query("save_draft"), query("drop_draft"), query("settle_drafts")

NOTHING = Wants()


class Drafts(Statements):
    """The drafts of a workspace. Every method raises `StoreDown`."""

    async def files(self) -> list[Stored]:
        """Every path that is live or has a draft, in order; those that are to be gone too."""
        return sorted((Stored(*row) for row in await self._ask(_FILES)), key=lambda each: each.path)

    async def mark(self) -> str:
        """A text that stays the same as long as the working set does; asked cheaply."""
        return str((await self._ask(_MARK))[0][0])

    async def texts(self) -> dict[str, str]:
        """The working set: texts by path."""
        return dict(await self._ask(_TEXTS))

    async def file(self, path: str) -> tuple[Stored, str | None] | None:
        """One path with its working text, None where the file is to be gone; None when nobody knows the path."""

        async def work(ask: Ask) -> tuple[Stored, str | None] | None:
            await ask(_LOCK, {})
            found = await _stored(ask, path)
            return (found, await _text(ask, path)) if found else None

        return await self._together(work)

    async def write(self, path: str, text: str, who: str, wants: Wants = NOTHING, base: str | None = None) -> Stored:
        """Make this the working text. `base` is the ETag of the published file that the text takes in; without it the
        draft goes out from where it did. Raises `Stale` and `TextInvalid`.
        """

        async def put(ask: Ask, found: Stored | None) -> None:
            if found is None and (await ask(_COUNT, {}))[0][0] >= MOST_FILES:
                raise TextInvalid(f"A workspace may hold {MOST_FILES:,} files at most.")
            await _put(ask, found, path, text, who, base)

        written = await self._changed(path, wants, put)
        assert written is not None
        return written

    async def write_all(self, texts: Mapping[str, str], who: str, expected: Mapping[str, str | None]) -> None:
        """Make these the working texts, all or none, where each file is still in the version that is `expected`. Raises
        `Stale` and `TextInvalid`.
        """

        async def work(ask: Ask) -> None:
            await ask(_LOCK, {})
            known = {each.path: each for each in (Stored(*row) for row in await ask(_FILES, {}))}
            if len({*known, *texts}) > MOST_FILES:
                raise TextInvalid(f"A workspace may hold {MOST_FILES:,} files at most.")
            for path, text in texts.items():
                found = known.get(path)
                now = found.etag if found else None
                if now != expected[path]:
                    raise Stale(path, now)
                await _put(ask, found, path, text, who, None)

        await self._together(work)

    async def delete(self, path: str, who: str, wants: Wants = NOTHING) -> Stored | None:
        """Take the file out of the working set; what is there now, None when nobody knows the path any more. Raises
        `Stale`.
        """
        return await self._changed(path, wants, lambda ask, found: _put(ask, found, path, None, who, None))

    async def discard(self, path: str, wants: Wants = NOTHING) -> Stored | None:
        """Throw the draft away, so that the file is as published. Raises `Stale`."""
        return await self._changed(path, wants, lambda ask, _: ask(_DROP, {"path": path}))

    async def move(self, path: str, to: str, who: str, wants: Wants = NOTHING) -> Stored:
        """Call the file otherwise, in one commit. Raises `Stale` where there is none, and where `to` is taken."""

        async def put(ask: Ask, new: Stored | None) -> None:
            old = await _stored(ask, path)
            Wants(wants.etags or ("*",)).check(path, old.etag if old else None)
            await _put(ask, new, to, await _text(ask, path), who, None)
            await _put(ask, old, path, None, who, None)

        moved = await self._changed(to, Wants(absent=True), put)
        assert moved is not None
        return moved

    async def settle(self) -> None:
        """Forget drafts that say what is live. Harmless at any time."""
        await self._change(_SETTLE)

    async def _changed(
        self, path: str, wants: Wants, change: Callable[[Ask, Stored | None], Awaitable[object]]
    ) -> Stored | None:
        async def work(ask: Ask) -> Stored | None:
            await ask(_LOCK, {})
            found = await _stored(ask, path)
            wants.check(path, found.etag if found else None)
            await change(ask, found)
            return await _stored(ask, path)

        return await self._together(work)


async def _stored(ask: Ask, path: str) -> Stored | None:
    found = await ask(_FILE, {"path": path})
    return Stored(*found[0]) if found else None


async def _text(ask: Ask, path: str) -> str | None:
    """The working text; None where there is none."""
    found = await ask(_TEXT, {"path": path})
    return found[0][0] if found else None


async def _put(ask: Ask, found: Stored | None, path: str, text: str | None, who: str, base: str | None) -> None:
    """Write the draft, or drop it where it says what is live."""
    live = found.live if found else None
    if (etag(text) if text is not None else None) == live:
        await ask(_DROP, {"path": path})
        return
    kept = found.base if found and found.drafted and found.state != "published" else live
    await ask(_SAVE, {"path": path, "source": text, "base": base or kept, "who": who})
