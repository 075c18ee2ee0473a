"""Where the embedded server's files lie and which account it runs under. Makes those folders and nothing else.

Postgres refuses to run as root. Root therefore gives it an account that owns nothing else, and a folder of that account
outside of the user's tree, so that no permission of the user's own folders has to change.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

from treadle.runtime.embedded.errors import EmbeddedError

ROOT_BASE = Path("/var/lib/treadle")
_SOCKET_NAME_ROOM = 85  # sun_path holds 104 bytes on macOS, 108 on Linux; `/.s.PGSQL.5432.lock` takes 19 of them


class Account(NamedTuple):
    """An account of this system that the server runs under."""

    name: str
    uid: int
    gid: int


class Places(NamedTuple):
    """The folders of one server. `account` is None where the server runs as the current user."""

    folder: Path
    data: Path
    sockets: Path
    log: Path
    lock: Path
    account: Account | None


def make_places(home: Path, major: int, root_base: Path) -> Places:
    """The folders for `home` and this major version of Postgres, made if need be and closed to everyone else."""
    name = f"pg{major}"
    account = _account() if os.geteuid() == 0 else None
    if account is None:
        folder = _private(home / name, None)
    else:
        _passable(root_base)
        folder = _private(_private(root_base / _digest(home), account) / name, account)
        _signpost(home, name, folder)
    sockets = folder if len(os.fsencode(folder)) < _SOCKET_NAME_ROOM else _short(folder, account)
    return Places(folder, folder / "data", sockets, folder / "postgres.log", folder / "owner.lock", account)


def made_by(home: Path, root_base: Path) -> list[int]:
    """The major versions of Postgres that have data for `home`, ascending."""
    base = root_base / _digest(home) if os.geteuid() == 0 else home
    found = [path.parent.parent.name.removeprefix("pg") for path in base.glob("pg*/data/PG_VERSION")]
    return sorted(int(text) for text in found if text.isdigit())


def _account() -> Account:
    import pwd

    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedError(
        "Postgres does not run as root, and this system has neither the account postgres nor nobody. "
        "Run treadle as another user or set DATABASE_URL."
    )


def _digest(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:16]


def _passable(folder: Path) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(parents=True)
        folder.chmod(0o711)
    except OSError as error:
        raise EmbeddedError(f"The folder {folder} for the database cannot be made: {error.strerror}.") from error


def _private(folder: Path, account: Account | None) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    except OSError as error:
        raise EmbeddedError(f"The folder {folder} for the database cannot be made: {error.strerror}.") from error
    return folder


def _signpost(home: Path, name: str, folder: Path) -> None:
    """A link in TREADLE_HOME that shows where the data are."""
    home.mkdir(parents=True, exist_ok=True)
    link = home / name
    if not link.is_symlink() and not link.exists():
        link.symlink_to(folder)


def _short(folder: Path, account: Account | None) -> Path:
    """A folder for the sockets of a `folder` whose own path is too long for one."""
    path = Path(tempfile.gettempdir()) / f"treadle-{os.geteuid()}-{_digest(folder)}"
    _private(path, account)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != (account.uid if account else os.geteuid()):
        raise EmbeddedError(f"The folder {path} for the database's socket belongs to somebody else; remove it.")
    path.chmod(0o700)
    return path
