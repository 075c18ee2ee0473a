"""Drafts, what changed, going back, out and in, by commands."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from treadle.runtime.access import SYSTEM
from treadle.runtime.engine import open_engine
from treadle.runtime.services import files
from treadle.runtime.settings import Settings

RULE = 'rule "{name}"\n  when by hand\n  do\n    log "{words}"\n'


def rule(words: str, name: str = "Greet") -> str:
    return RULE.format(name=name, words=words)


@pytest.fixture(autouse=True)
def _nothing_live(database_home: Path) -> None:
    """The database is shared with other tests."""

    async def empty() -> None:
        async with open_engine(Settings.read({}, home=database_home)) as engine:
            async with engine.database.pool.connection() as connection:
                await connection.execute("delete from drafts")
            await engine.publication({})

    asyncio.run(empty())


def draft(home: Path, path: str, text: str) -> None:
    async def write() -> None:
        async with open_engine(Settings.read({}, home=home)) as engine:
            await files.written(engine, SYSTEM, path, text)

    asyncio.run(write())


def test_what_publishing_would_change_is_told_then_done_then_undone(
    call: Call, database_home: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.rule").write_text(rule("1"))
    assert call("publish", str(tmp_path), "-m", "first").status == 0
    assert "no change" in call("diff").out
    draft(database_home, "a.rule", rule("2"))
    told = call("diff", "--text").out
    assert "~ rule Greet changed  (a.rule:1)" in told
    assert '- log "1"\n      + log "2"' in told
    assert '+    log "2"' in told
    assert call("publish").out == "live: 1 rule (Greet), 0 sequences\n"
    listed = call("rollback", "--json").json
    assert [(each["comment"], each["live"]) for each in listed[:2]] == [(None, True), ("first", False)]
    first = listed[1]["id"]
    empty = tmp_path / "none.rule"
    empty.write_text("")
    assert "would be live: Greet" in call("rollback", first, "--preview").out
    assert "would be live: 0 rules" in call("publish", str(empty), "--preview").out
    assert call("rollback", "--json").json == listed
    assert call("rollback", first).out == "live: Greet\n"
    assert '- log "2"' in call("diff", listed[0]["id"], "--against", "live").out
    assert "first" in call("rollback").out


def test_a_workspace_goes_out_and_in(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.rule").write_text(rule("1"))
    call("publish", str(tmp_path / "rules"))
    zipped = tmp_path / "out.zip"
    assert call("export", str(zipped)).status == 0
    again = call("export", str(zipped))
    assert (again.status, "--force" in again.err) == (2, True)
    before = zipped.read_bytes()
    assert call("export", str(zipped), "--force").status == 0
    assert zipped.read_bytes() == before

    (tmp_path / "rules/a.rule").write_text(rule("2"))
    call("publish", str(tmp_path / "rules"))
    refused = call("import", str(zipped))
    assert (refused.status, "a.rule differ" in refused.err) == (1, True)
    previewed = call("import", str(zipped), "--preview")
    assert "differs" in previewed.out, previewed.err
    assert "treadle publish" in call("import", str(zipped), "--overwrite").out
    assert '+ log "1"' in call("diff").out
    (tmp_path / "no.zip").write_bytes(b"rubbish")
    assert "no zip archive" in call("import", str(tmp_path / "no.zip")).err


def test_two_folders_may_not_give_one_name_to_two_files(call: Call, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.rule").write_text(rule(folder))
    told = call("publish", str(tmp_path / "one"), str(tmp_path / "two"))
    assert (told.status, "would both be a.rule" in told.err) == (1, True)
