"""A folder and the live files go both ways; of what both changed nothing is overwritten, whatever dies in between."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.cli.folder import common, disk
from treadle.cli.folder.conflicts import WHO
from treadle.cli.folder.deciding import decide
from treadle.cli.watch import Folder
from treadle.runtime.access import SYSTEM
from treadle.runtime.drafts.paths import PathInvalid
from treadle.runtime.engine import Engine, open_engine
from treadle.runtime.services import files, publications
from treadle.runtime.settings import Settings

RULE = 'rule "{name}"\n  when by hand\n  do\n    log "{words}"\n'


def rule(words: str, name: str = "Greet") -> str:
    return RULE.format(name=name, words=words)


@pytest.fixture
async def engine(database_home: Path) -> AsyncIterator[Engine]:
    """With nothing live and no drafts; the database is shared with other tests."""
    async with open_engine(Settings.read({}, home=database_home)) as opened:
        async with opened.database.pool.connection() as connection:
            await connection.execute("delete from drafts")
        await opened.publication({})
        yield opened


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    return tmp_path / "rules"


async def edit(engine: Engine, path: str, text: str | None) -> None:
    """As the editor does it: a draft, published."""
    if text is None:
        await files.deleted(engine, SYSTEM, path)
    else:
        await files.written(engine, SYSTEM, path, text)
    assert not (await publications.published(engine, SYSTEM, None)).compiled.errors


def tree(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


async def test_edits_go_both_ways(engine: Engine, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "a.rule").write_text(rule("1", "A"))
    folder = Folder(root, engine)
    await folder.look()
    assert engine.live.sources == {"a.rule": rule("1", "A")}

    await edit(engine, "sales/b.rule", rule("b", "B"))
    await folder.look()
    assert tree(root) == {"a.rule": rule("1", "A"), "sales/b.rule": rule("b", "B")}

    (root / "a.rule").write_text(rule("2", "A"))
    await folder.look()
    assert engine.live.sources == tree(root)
    await edit(engine, "sales/b.rule", None)
    await folder.look()
    assert tree(root) == {"a.rule": rule("2", "A")}
    assert not (root / "sales").exists()
    (root / "a.rule").unlink()
    await folder.look()
    assert engine.live.sources == {}
    assert "conflict" not in capsys.readouterr().err


async def test_what_changed_on_both_sides_is_told_and_kept(
    engine: Engine, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "a.rule").write_text(rule("1"))
    await Folder(root, engine).look()
    await edit(engine, "a.rule", rule("theirs"))
    (root / "a.rule").write_text(rule("mine"))
    (root / "b.rule").write_text(rule("b", "B"))

    folder = Folder(root, engine)  # as after a restart
    await folder.look()
    assert "both changed" in capsys.readouterr().err
    assert tree(root)["a.rule"] == rule("mine")
    assert engine.live.sources == {"a.rule": rule("theirs"), "b.rule": rule("b", "B")}
    kept = await files.read(engine, SYSTEM, "a.rule")
    assert (kept.text, kept.file.who, kept.file.outdated) == (rule("mine"), WHO, True)
    with pytest.raises(publications.DraftsOutdated):
        await publications.published(engine, SYSTEM, None)

    (root / "b.rule").write_text(rule("b2", "B"))
    await folder.look()
    assert "both changed" not in capsys.readouterr().err

    (root / "a.rule").unlink()  # the live one is taken
    await folder.look()
    assert tree(root)["a.rule"] == rule("theirs")
    assert (await files.read(engine, SYSTEM, "a.rule")).file.state == "published"


async def test_a_conflict_ends_when_its_draft_is_published(engine: Engine, root: Path) -> None:
    (root / "a.rule").write_text(rule("1"))
    folder = Folder(root, engine)
    await folder.look()
    await edit(engine, "a.rule", rule("theirs"))
    (root / "a.rule").write_text(rule("mine"))
    await folder.look()
    live = (await files.read(engine, SYSTEM, "a.rule")).file.published
    await files.written(engine, SYSTEM, "a.rule", rule("mine"), base=live)
    await publications.published(engine, SYSTEM, None)
    await edit(engine, "a.rule", rule("later"))
    await folder.look()
    await folder.look()
    assert engine.live.sources["a.rule"] == rule("later")


async def test_another_persons_draft_is_left_alone(
    engine: Engine, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "a.rule").write_text(rule("1"))
    folder = Folder(root, engine)
    await folder.look()
    await edit(engine, "a.rule", rule("theirs"))
    await files.written(engine, SYSTEM, "a.rule", rule("their draft"))
    (root / "a.rule").write_text(rule("mine"))
    await folder.look()
    assert "somebody else's draft" in capsys.readouterr().err
    assert (await files.read(engine, SYSTEM, "a.rule")).text == rule("their draft")
    assert tree(root)["a.rule"] == rule("mine")


async def test_a_broken_file_stays_as_it_is_and_its_last_good_one_runs(engine: Engine, root: Path) -> None:
    (root / "a.rule").write_text(rule("1"))
    folder = Folder(root, engine)
    await folder.look()
    (root / "a.rule").write_text("rule broken\n")
    await folder.look()
    await folder.look()
    assert (tree(root)["a.rule"], engine.live.sources["a.rule"]) == ("rule broken\n", rule("1"))


_LOOKS = """
import asyncio, sys
from pathlib import Path
from treadle.cli.watch import Folder
from treadle.runtime.crashpoints import arm
from treadle.runtime.engine import open_engine
from treadle.runtime.settings import Settings

async def look():
    async with open_engine(Settings.read({}, home=Path(sys.argv[1]))) as engine:
        arm(sys.argv[3])
        await Folder(Path(sys.argv[2]), engine).look()

asyncio.run(look())
"""


@pytest.mark.parametrize("point", ["before_rename", "after_rename", "after_folder"])
async def test_a_process_that_is_killed_between_two_writes_loses_nothing(
    engine: Engine, root: Path, point: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder has another a.rule, the live set a new b.rule, and both another c.rule."""
    for name in "ac":
        (root / f"{name}.rule").write_text(rule("1", name))
    await Folder(root, engine).look()
    await edit(engine, "b.rule", rule("b", "b"))
    await edit(engine, "c.rule", rule("theirs", "c"))
    (root / "a.rule").write_text(rule("2", "a"))
    (root / "c.rule").write_text(rule("mine", "c"))
    command = [sys.executable, "-c", _LOOKS, str(engine.settings.home), str(root), point]
    died = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    await engine.live.refresh()
    await Folder(root, engine).look()
    both = {"a.rule": rule("2", "a"), "b.rule": rule("b", "b")}
    assert tree(root) == both | {"c.rule": rule("mine", "c")}
    assert engine.live.sources == both | {"c.rule": rule("theirs", "c")}
    assert f"conflict: {root / 'c.rule'}" in capsys.readouterr().err
    assert (await files.read(engine, SYSTEM, "c.rule")).text == rule("mine", "c")


async def test_a_folder_that_is_only_read_stays_as_it_is(
    engine: Engine, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "a.rule").write_text(rule("1"))
    folder = Folder(root, engine, writes=False)
    await folder.look()
    await edit(engine, "a.rule", rule("2"))
    await edit(engine, "b.rule", rule("b", "B"))
    await folder.look()
    assert "a.rule was changed over the API" in capsys.readouterr().err
    assert tree(root) == {"a.rule": rule("1")}
    (root / "c.rule").write_text(rule("c", "C"))
    await folder.look()
    assert engine.live.sources == {"a.rule": rule("2"), "b.rule": rule("b", "B"), "c.rule": rule("c", "C")}
    (root / "a.rule").write_text(rule("3"))
    await folder.look()
    assert "both changed" in capsys.readouterr().err
    assert engine.live.sources["a.rule"] == rule("2")


async def test_what_is_remembered_of_another_installation_removes_nothing(engine: Engine, root: Path) -> None:
    (root / "a.rule").write_text(rule("1"))
    await Folder(root, engine).look()
    place = common.place_of(engine.settings.home, root)
    other = common.read(place)
    common.write(place, common.Common(other.folder, SYSTEM.workspace_id, other.etags))
    await edit(engine, "a.rule", None)
    await Folder(root, engine).look()
    assert tree(root) == {"a.rule": rule("1")}


async def test_a_folder_that_is_gone_is_not_an_empty_one(engine: Engine, root: Path) -> None:
    (root / "a.rule").write_text(rule("1"))
    folder = Folder(root, engine)
    await folder.look()
    os.rename(root, f"{root}-gone")
    await folder.look()
    assert engine.live.sources == {"a.rule": rule("1")}


async def test_hidden_folders_and_odd_names_are_no_rule_files(
    engine: Engine, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / ".git/refs").mkdir(parents=True)
    (root / ".git/refs/fix.rule").write_text("0123")
    (root / "a:b.rule").write_text(rule("x"))
    await Folder(root, engine).look()
    assert engine.live.sources == {}
    assert "cannot be the path of a rule file" in capsys.readouterr().err


def test_nothing_is_written_through_a_link_that_leads_out(root: Path) -> None:
    (root.parent / "outside").mkdir()
    (root / "link").symlink_to(root.parent / "outside")
    with pytest.raises(PathInvalid, match="leads out"):
        disk.replace(root, "link/a.rule", "text", None)
    with pytest.raises(PathInvalid):
        disk.replace(root, "../a.rule", "text", None)
    assert list((root.parent / "outside").iterdir()) == []


def test_a_file_that_somebody_writes_meanwhile_is_left(root: Path) -> None:
    (root / "a.rule").write_text("newer")
    with pytest.raises(disk.Changed):
        disk.replace(root, "a.rule", "text", "older")
    assert tree(root) == {"a.rule": "newer"}


_TAGS = st.sampled_from([None, "1", "2", "3"])


@given(_TAGS, _TAGS, _TAGS)
def test_no_text_that_only_one_side_has_is_ever_dropped(base: str | None, here: str | None, live: str | None) -> None:
    match decide(base, here, live):
        case "same":
            assert here == live
        case "publish":  # the live one is what both had
            assert live == base != here
        case "write":  # the folder's is what both had, or gone
            assert live != base
            assert here in (base, None)
        case "conflict":
            assert len({base, here, live}) == 3
            assert here is not None
