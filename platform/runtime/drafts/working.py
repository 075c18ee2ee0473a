"""The working set, decided: what state a file is in, which write is allowed, and what a write leaves behind. Pure.

An ETag is the hash of a text, so that a file keeps it when its draft is published, and two people who wrote the same
have written the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

MOST_CHARACTERS = 5_000_000
"""Of one file, as the language has it."""
MOST_FILES = 10_000
"""In a working set."""

State = Literal["published", "changed", "new", "deleted"]
"""Against the live publication: as there; otherwise; not there; there, and to be gone."""


class Stale(Exception):
    """The file, or another thing that people share, is not in the version that the writer named. `now` is the ETag of
    what is there, None for nothing.
    """

    def __init__(self, path: str, now: str | None) -> None:
        said = f"it is at {now}" if now else "there is no such file"
        super().__init__(f"{path} is not in the version that was named; {said}")
        self.path, self.now = path, now


class TextInvalid(Exception):
    """The text cannot be kept as a rule file. One sentence that says why."""


class Stored(msgspec.Struct, frozen=True):
    """A path as the database has it. ETags: `draft` of the draft's text, `live` of the published one, `base` of the one
    that the draft goes out from; None where there is none. `drafted` with `draft` None: to be gone. `bytes` are those
    of the working text.
    """

    path: str
    drafted: bool
    draft: str | None
    live: str | None
    base: str | None
    changed_at: datetime | None
    who: str | None
    bytes: int

    @property
    def etag(self) -> str | None:
        """Of the file in the working set; None when it is not in it."""
        return self.draft if self.drafted else self.live

    @property
    def state(self) -> State:
        """Against the live publication."""
        if self.etag == self.live:
            return "published"
        if self.etag is None:
            return "deleted"
        return "new" if self.live is None else "changed"

    @property
    def outdated(self) -> bool:
        """Whether the published file became another after the draft was begun."""
        return self.state != "published" and self.base != self.live


class Wants(msgspec.Struct, frozen=True):
    """What a writer says of the file as they saw it: one of these ETags, `*` for any; `absent`: that there is none."""

    etags: tuple[str, ...] | None = None
    absent: bool = False

    def check(self, path: str, now: str | None) -> None:
        """Raises `Stale` when the file is in another version."""
        matches = self.etags is None or (now is not None and (now in self.etags or "*" in self.etags))
        if not matches or (self.absent and now is not None):
            raise Stale(path, now)


def etag(text: str) -> str:
    """The ETag of a text, without quotes: 32 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def revision(etags: Mapping[str, str]) -> str:
    """The ETag of a whole set, from those of its files by path."""
    told = "\n".join(f"{path}\0{etags[path]}" for path in sorted(etags))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def working_etags(files: Iterable[Stored]) -> dict[str, str]:
    """The ETags of the files in the working set."""
    return {each.path: each.etag for each in files if each.etag is not None}


def checked_text(text: str) -> str:
    """The text as it is. Raises `TextInvalid`."""
    if len(text) > MOST_CHARACTERS:
        raise TextInvalid(f"A rule file may hold {MOST_CHARACTERS:,} characters at most; this one holds {len(text):,}.")
    if "\0" in text:
        raise TextInvalid(f"Character {text.index(chr(0)) + 1} of the text is NUL, which no rule file can hold.")
    try:
        text.encode()
    except UnicodeEncodeError as half:
        raise TextInvalid(f"Character {half.start + 1} of the text is half of one.") from None
    return text
