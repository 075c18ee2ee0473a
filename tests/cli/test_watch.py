"""A folder of rule files that is kept live."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.cli.watch import Folder
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.settings import Settings

RULE = 'use kommo\n\nrule "{name}"\n  when kommo.lead_created as lead\n  do\n    log "{name}"\n'


@pytest.fixture(autouse=True)
async def nothing_live(database_home: Path) -> None:
    """The database is shared with other tests."""
    async with open_engine(Settings.read({}, home=database_home)) as engine:
        await engine.publication({})


async def test_changes_go_live_and_a_broken_file_keeps_what_was_good(
    database_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_engine(Settings.read({}, home=database_home)) as engine:
        folder = Folder(tmp_path, engine)
        (tmp_path / "a.rule").write_text(RULE.format(name="A"))
        (tmp_path / "b.rule").write_text(RULE.format(name="B"))
        await folder.look()
        assert heard(engine) == {"A", "B"}
        capsys.readouterr()

        await folder.look()
        assert capsys.readouterr().out == ""  # nothing changed, nothing is said

        (tmp_path / "a.rule").write_text(RULE.format(name="A") + "rule broken\n")
        (tmp_path / "b.rule").write_bytes(b"\xff")
        (tmp_path / "c.rule").write_text(RULE.format(name="C"))
        await folder.look()
        assert heard(engine) == {"A", "B", "C"}
        told = capsys.readouterr().err
        assert "error[E" in told
        assert "b.rule: byte 0 is not UTF-8" in told

        (tmp_path / "b.rule").unlink()
        await folder.look()
        assert heard(engine) == {"A", "C"}


def heard(engine: Engine) -> set[str]:
    return {
        listener.rule for listener in engine.live.listeners("kommo.lead_created", engine.connections.default("kommo"))
    }
