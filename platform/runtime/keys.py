"""API keys. Owns their form, and making the first one.

A key is `trd_` and 43 characters of base64url, before which one of another workspace than the first names it (see
`belonging`); the store keeps its SHA-256 alone. The key of an installation lies in `TREADLE_HOME/key`, readable by its
owner only.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from uuid import UUID

from treadle.runtime.belonging import marked, workspace_of
from treadle.runtime.ids import DEFAULT_WORKSPACE, new_id
from treadle.runtime.ports import Store

PREFIX = "trd_"
FILE = "key"

_SECRET = 43
_KEY = re.compile(r"trd_[A-Za-z0-9_-]{43}(?:[A-Za-z0-9_-]{22})?")


def new_key(workspace: UUID = DEFAULT_WORKSPACE) -> str:
    """A fresh key of a workspace: 256 random bits."""
    return PREFIX + marked(workspace, secrets.token_urlsafe(32))


def key_workspace(key: str) -> UUID:
    """The workspace that a key says it is of."""
    return workspace_of(key.removeprefix(PREFIX), _SECRET)


def shown(key: str) -> str:
    """What people may see of a key later: its first characters."""
    return key[: len(key) - _SECRET + 4]


def is_key(text: str) -> bool:
    """Whether this could be a key; who it is of is `people.callers`."""
    return _KEY.fullmatch(text) is not None


async def ensure_key(store: Store, home: Path) -> None:
    """Make the installation's first key, unless there is one; it is written to `home/key` before it can be used."""
    file = home / FILE
    kept = file.read_text("utf-8").strip() if file.is_file() else ""
    if await store.has_keys() and (not kept or await store.knows_key(_digest(kept))):
        return
    if not _KEY.fullmatch(kept):
        kept = new_key()
        write_private(file, kept)
    await store.save_key(new_id(), "first", _digest(kept))


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text + "\n")
    beside.replace(file)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
