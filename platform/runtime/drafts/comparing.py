"""Two sets of rule files, compared by text and by meaning. Pure; the meaning is `treadle.dsl.changes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import Literal

import msgspec

from treadle.dsl.changes import Change, compare

MOST_LINES = 20_000
"""Of a file whose lines are compared; the language reads no longer ones."""


class FileChange(msgspec.Struct, frozen=True):
    """A file whose text is another. `diff` is in the unified form, None for a file that is too long for it."""

    path: str
    what: Literal["added", "removed", "changed"]
    diff: str | None


class Difference(msgspec.Struct, frozen=True):
    """What changed: `files` by their texts, `changes` by what they say. A file whose comments or spaces changed is in
    the first alone.
    """

    files: tuple[FileChange, ...]
    changes: tuple[Change, ...]


def difference(old: Mapping[str, str], new: Mapping[str, str]) -> Difference:
    """From one set to the other, both texts by path."""
    paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    files = tuple(_file(path, old.get(path), new.get(path)) for path in paths)
    return Difference(files, compare(old, new))


def _file(path: str, old: str | None, new: str | None) -> FileChange:
    what: Literal["added", "removed", "changed"] = "added" if old is None else "removed" if new is None else "changed"
    before, after = _lines(old), _lines(new)
    if len(before) > MOST_LINES or len(after) > MOST_LINES:
        return FileChange(path, what, None)
    names = "/dev/null" if old is None else f"a/{path}", "/dev/null" if new is None else f"b/{path}"
    return FileChange(path, what, "".join(_ended(unified_diff(before, after, *names))))


def _lines(text: str | None) -> list[str]:
    return [f"{line}\n" for line in text.split("\n")[:-1]] + _rest(text) if text is not None else []


def _rest(text: str) -> list[str]:
    last = text.rpartition("\n")[2]
    return [last] if last else []


def _ended(lines: Iterable[str]) -> list[str]:
    """Lines of a diff, with what `diff` says of a file that does not end with a line end."""
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
