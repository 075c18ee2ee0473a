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
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from treadle.dsl.memory import Memory

_KEPT = 40  # answers; the oldest go
_WORTH_KEEPING = 50_000  # characters; less is checked as fast as it is looked up

_Answer = tuple[Diagnostic, ...]
_held: list[Memory] = []  # until the process ends: taking the trees apart takes as long as writing the answer


def checked(files: Mapping[str, str], world: Callable[[], Catalogue]) -> _Answer:
    """What is wrong with the files: as `compile_files` says, now or when it was asked the same before.

    `world` gives the catalogue; it is called once, perhaps while another process reads.
    """
    if sum(map(len, files.values())) < _WORTH_KEEPING:
        from treadle.dsl.compiling import diagnose

        return diagnose(files, world())
    return _kept(files, world)


def _kept(files: Mapping[str, str], world: Callable[[], Catalogue]) -> _Answer:
    from treadle.cli.halves import Reading, share

    texts = _texts(files)
    reading = None if _is_known(texts) else Reading(files)  # before anything that takes time
    catalogue = world()
    name = texts + _digest(msgspec.msgpack.encode(catalogue))
    answer = look_up(name)
    if answer is None:
        from treadle.dsl.compiling import diagnose

        reading = reading or Reading(files)
        gc.disable()  # the trees of all files stay until the process ends: looking for garbage among them is a third
        _held[:] = [reading.memory()]
        answer = diagnose(files, catalogue, _held[0], share)
        gc.enable()
        keep(name, answer)
    return answer


def folder() -> Path:
    """Where answers are kept: `treadle` in the user's cache folder. Raises `RuntimeError` for a user without a home."""
    known = os.environ.get("XDG_CACHE_HOME")
    return (Path(known) if known else Path.home() / ".cache") / "treadle" / "check"


def key(files: Mapping[str, str], catalogue: Catalogue) -> str:
    """What the answer depends on, as two hashes: 32 hex digits of the texts and the code, as many of the catalogue."""
    return _texts(files) + _digest(msgspec.msgpack.encode(catalogue))


def _texts(files: Mapping[str, str]) -> str:
    named = [(name, text.encode(errors="surrogatepass")) for name, text in sorted(files.items())]
    return _digest(msgspec.msgpack.encode((_code(), named)))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _is_known(texts: str) -> bool:
    """Whether there is an answer for these texts, with whatever catalogue."""
    try:
        return any(each.startswith(texts) for each in os.listdir(folder()))
    except (OSError, RuntimeError):
        return False


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
