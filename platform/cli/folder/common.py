"""When a folder and the live files were last the same, as a small file beside the installation's data.

Losing it loses no text: without it, what differs on both sides is a conflict. A file of another installation, or one
that cannot be read, counts as none.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import UUID

import msgspec


class Common(msgspec.Struct, frozen=True):
    """ETags by path, and a publication by which the installation is known again."""

    folder: str = ""
    publication: UUID | None = None
    etags: dict[str, str] = {}


NOTHING = Common()


def place_of(home: Path, root: Path) -> Path:
    """The file for this folder."""
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return home / "folders" / f"{name}.json"


def read(place: Path) -> Common:
    """What was remembered."""
    try:
        return msgspec.json.decode(place.read_bytes(), type=Common)
    except (OSError, msgspec.DecodeError):
        return NOTHING


def write(place: Path, common: Common) -> None:
    """Remember it; the file is replaced whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(common))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(place)
