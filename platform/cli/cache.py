"""Answers of `check` kept from one call to the next, in the user's cache folder.

Owns the folder and what an answer belongs to: the texts, the catalogue, and the very code that checks. What cannot be
read or written is as if it were not there. Holds data alone, nothing that runs.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.diagnostics import Diagnostic

_KEPT = 40  # answers; the oldest go
_WORTH_KEEPING = 50_000  # characters; less is checked as fast as it is looked up

_Answer = tuple[Diagnostic, ...]


def checked(files: Mapping[str, str], catalogue: Catalogue) -> _Answer:
    """What is wrong with the files: as `compile_files` says, now or when it was asked the same before."""
    from treadle.cli.halves import read_in_halves
    from treadle.dsl.compiling import build

    if sum(map(len, files.values())) < _WORTH_KEEPING:
        return build(files, catalogue).compiled.diagnostics
    name = key(files, catalogue)
    answer = look_up(name)
    if answer is None:
        gc.disable()  # the trees of all files stay until the process ends: looking for garbage among them is a third
        answer = build(files, catalogue, memory=read_in_halves(files)).compiled.diagnostics
        gc.enable()
        keep(name, answer)
    return answer


def folder() -> Path:
    """Where answers are kept: `treadle` in the user's cache folder. Raises `RuntimeError` for a user without a home."""
    known = os.environ.get("XDG_CACHE_HOME")
    return (Path(known) if known else Path.home() / ".cache") / "treadle" / "check"


def key(files: Mapping[str, str], catalogue: Catalogue) -> str:
    """What the answer depends on, as one hash: 64 hex digits."""
    digest = hashlib.sha256(_code())
    digest.update(msgspec.msgpack.encode(catalogue))
    for name, text in sorted(files.items()):
        digest.update(msgspec.msgpack.encode((name, hashlib.sha256(text.encode(errors="surrogatepass")).digest())))
    return digest.hexdigest()


def look_up(name: str) -> _Answer | None:
    """The answer kept under a key, or None."""
    try:
        return msgspec.msgpack.decode((folder() / name).read_bytes(), type=_Answer)
    except (OSError, RuntimeError, msgspec.DecodeError):
        return None


def keep(name: str, answer: _Answer) -> None:
    """Keep an answer; two that write at once do not disturb each other."""
    try:
        place = folder()
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=place, delete=False) as written:
            written.write(msgspec.msgpack.encode(answer))
        Path(written.name).replace(place / name)
        _prune(place)
    except (OSError, RuntimeError):
        return


def _prune(place: Path) -> None:
    answers = sorted(place.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in answers[_KEPT:]:
        path.unlink(missing_ok=True)


def _code() -> bytes:
    """This version's code: sizes and times of the files that check, so that an edit of them shows."""
    import treadle.dsl

    marks = [sys.version]
    for root, folders, names in os.walk(Path(treadle.dsl.__file__).parent):
        folders.sort()
        for name in sorted(each for each in names if each.endswith((".py", ".lark", ".json"))):
            found = os.stat(os.path.join(root, name))
            marks.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    return "\n".join(marks).encode()
