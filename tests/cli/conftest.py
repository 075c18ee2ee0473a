"""A home with a running embedded Postgres, and the command line called in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.cli.faults import guarded
from treadle.cli.program import treadle
from treadle.runtime.embedded import Embedded


@pytest.fixture(scope="session")
def database_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose Postgres runs until the last test of this process; commands join it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    server = Embedded(home)
    server.start()
    yield home
    server.stop()
    server.erase()


class Called:
    """How a command ended: its status, and what it printed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def json(self) -> Any:
        assert self.status == 0, self.err
        return json.loads(self.out)


Call = Callable[..., Called]


@pytest.fixture
def call(database_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """`call("runs", "list")` on that home, where no server runs."""
    for name in ("DATABASE_URL", "REDIS_URL", "TREADLE_URL", "TREADLE_KEY", "TREADLE_WORKSPACE", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TREADLE_HOME", str(database_home))

    def called(*arguments: str) -> Called:
        capsys.readouterr()
        status = guarded(lambda: treadle.main([*arguments], prog_name="treadle", standalone_mode=False))
        printed = capsys.readouterr()
        return Called(status, printed.out, printed.err)

    return called
