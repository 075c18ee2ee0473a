"""Where keys lie on this machine: that of the first workspace in `TREADLE_HOME/key`, of others in `keys/SLUG`."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from treadle.runtime.keys import FILE, write_private

_FOLDER = "keys"


def read_key(home: Path, slug: str | None) -> str | None:
    """The key of a workspace, or else that of the first one, which may be called so; None where none lies."""
    for file in dict.fromkeys((_file(home, slug), _file(home, None))):
        with suppress(OSError):
            return file.read_text(encoding="ascii").strip()
    return None


def write_key(home: Path, slug: str, key: str) -> Path:
    """Keep the key of a workspace, for its owner's eyes only; where."""
    file = _file(home, slug)
    write_private(file, key)
    return file


def move_key(home: Path, slug: str, new: str) -> None:
    """The workspace is called otherwise now."""
    with suppress(FileNotFoundError):
        _file(home, slug).rename(_file(home, new))


def _file(home: Path, slug: str | None) -> Path:
    return home / FILE if slug is None else home / _FOLDER / Path(slug).name
