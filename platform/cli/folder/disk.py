"""The folder itself: which rule files it has, reading them, and replacing them whole. Owns all writing into it.

A file is written beside its place and renamed, so that whoever reads sees one text or the other, whatever dies.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from treadle.cli.faults import InputFault
from treadle.cli.files import SUFFIX, read_rule
from treadle.runtime.crashpoints import reach
from treadle.runtime.drafts.paths import PathInvalid, checked
from treadle.runtime.drafts.working import TextInvalid, checked_text

Stamp = dict[Path, tuple[int, int]]
_FRESH = ".treadle-new"


class Changed(Exception):
    """Somebody wrote the file while we were about to."""


class Seen(msgspec.Struct, frozen=True):
    """What a folder holds: texts by path, and why the others cannot be read, by path."""

    texts: dict[str, str]
    faults: dict[str, str]


def stamp_of(root: Path) -> Stamp:
    """Times and sizes of the rule files; hidden folders are not looked into."""
    found: Stamp = {}
    for path in sorted(root.rglob(f"*{SUFFIX}")):
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            with suppress(FileNotFoundError):
                about = path.stat()
                found[path] = (about.st_mtime_ns, about.st_size)
    return found


def read_all(root: Path, stamp: Stamp) -> Seen:
    """The texts of these files."""
    texts: dict[str, str] = {}
    faults: dict[str, str] = {}
    for path in stamp:
        name = path.relative_to(root).as_posix()
        try:
            texts[checked(name)] = checked_text(read_rule(path))
        except PathInvalid as invalid:
            faults[name] = str(invalid)
        except TextInvalid as invalid:
            faults[name] = f"{path}: {invalid}"
        except InputFault as fault:
            faults[name] = fault.format_message()
    return Seen(texts, faults)


def replace(root: Path, name: str, text: str | None, expected: str | None) -> None:
    """Make this the file's text, None for no file, where it still holds what is `expected`. Raises `Changed`,
    `PathInvalid` for a place outside of the folder, and `OSError`.
    """
    path = _place(root, name)
    if _text(path) != expected:
        raise Changed(name)
    if text is None:
        path.unlink(missing_ok=True)
        _tidy(root, path.parent)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}{_FRESH}")
    with fresh.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    reach("before_rename")
    fresh.replace(path)
    reach("after_rename")


def clear(root: Path) -> None:
    """Take away what a process that died while writing left."""
    for path in root.rglob(f".*{SUFFIX}{_FRESH}"):
        path.unlink(missing_ok=True)


def _place(root: Path, name: str) -> Path:
    """Where a file lies; a link may not lead out of the folder."""
    path = (root / checked(name)).resolve()
    if not path.is_relative_to(root.resolve()):
        raise PathInvalid(f"{name} is a link that leads out of {root}.")
    return path


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None


def _tidy(root: Path, folder: Path) -> None:
    """Folders that hold nothing any more."""
    while folder != root.resolve():
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
