"""What every command knows about where it runs: the settings and the file that says which server is up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from treadle.cli.keyfiles import read_key
from treadle.runtime.settings import Settings

DEFAULT_PORT = 8080


class Running(msgspec.Struct, frozen=True):
    """The server of this TREADLE_HOME, as it announced itself; `home` is the folder with its key."""

    url: str
    pid: int
    home: str


def settings(home: Path | None = None, **overrides: Any) -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    return Settings.read(os.environ, home=home, **overrides)


def port_of(here: Settings, asked: int | None) -> int:
    """The port to listen on: as asked, else PORT, else 8080."""
    if asked is not None:
        return asked
    return DEFAULT_PORT if here.port is None else here.port


def running(home: Path) -> Running | None:
    """The server that is announced in this folder, when its process still lives."""
    with suppress(OSError, msgspec.DecodeError):
        found = msgspec.json.decode((home / "server.json").read_bytes(), type=Running)
        os.kill(found.pid, 0)
        return found
    return None


@contextmanager
def announced(url: str, home: Path, at: Path | None = None) -> Iterator[None]:
    """Say in `server.json` that this process serves `url` with the data of `home`, until the block ends.

    The file lies in `home`, or in the folder `at` when other commands look there.
    """
    file = (at or home) / "server.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(Running(url, os.getpid(), str(home))))
    fresh.replace(file)
    try:
        yield
    finally:
        if (now := running(file.parent)) and now.pid == os.getpid():
            file.unlink(missing_ok=True)


def key(here: Settings, home: Path | None = None) -> str | None:
    """The bearer key: TREADLE_KEY, or what lies for the workspace in the folder of the server (`home`), TREADLE_HOME
    unless given.
    """
    return here.key or read_key(home or here.home, here.workspace)
