"""What every command knows about where it runs: the settings and the file that says which server is up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from treadle.runtime.settings import Settings

DEFAULT_PORT = 8080


class Running(msgspec.Struct, frozen=True):
    """The server of this TREADLE_HOME, as it announced itself."""

    url: str
    pid: int


def settings(home: Path | None = None, **overrides: Any) -> Settings:
    """The settings of this process. Raises `SettingsError`."""
    return Settings.read(os.environ, home=home, **overrides)


def running(here: Settings) -> Running | None:
    """The announced server, when its process still lives."""
    with suppress(OSError, msgspec.DecodeError):
        found = msgspec.json.decode((here.home / "server.json").read_bytes(), type=Running)
        os.kill(found.pid, 0)
        return found
    return None


@contextmanager
def announced(here: Settings, url: str) -> Iterator[None]:
    """Say in TREADLE_HOME/server.json that this process serves `url`, until the block ends."""
    file = here.home / "server.json"
    here.home.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(Running(url, os.getpid())))
    fresh.replace(file)
    try:
        yield
    finally:
        if (now := running(here)) and now.pid == os.getpid():
            file.unlink(missing_ok=True)


def key(here: Settings) -> str | None:
    """The bearer key of this installation: TREADLE_KEY, or what lies in TREADLE_HOME/key."""
    if here.key:
        return here.key
    with suppress(OSError):
        return (here.home / "key").read_text(encoding="ascii").strip()
    return None
