"""`check` remembers what it found for the same files, and forgets it when anything is another."""

from __future__ import annotations

from pathlib import Path

import pytest

from treadle.cli import cache
from treadle.dsl.catalogue import Catalogue, PluginSpec

_RULES = "".join(f'rule "Rule {at}"\n  when kommo.lead_created as lead\n  do\n    log "{at}"\n\n' for at in range(800))
_FILES = {"big.rule": _RULES}
_CATALOGUE = Catalogue(plugins={"kommo": PluginSpec("kommo", "")})


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_the_second_answer_is_the_first_and_comes_from_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    first = cache.checked(_FILES, lambda: _CATALOGUE)
    assert first
    monkeypatch.setattr("treadle.dsl.compiling.diagnose", None)
    assert cache.checked(_FILES, lambda: _CATALOGUE) == first


def test_another_text_or_another_world_has_another_key() -> None:
    keys = {
        cache.key(_FILES, _CATALOGUE),
        cache.key({"big.rule": _RULES + "#"}, _CATALOGUE),
        cache.key({"other.rule": _RULES}, _CATALOGUE),
        cache.key(_FILES, Catalogue()),
    }
    assert len(keys) == 4


def test_a_damaged_answer_is_no_answer(tmp_path: Path) -> None:
    first = cache.checked(_FILES, lambda: _CATALOGUE)
    (kept,) = (tmp_path / "treadle" / "check").iterdir()
    kept.write_bytes(kept.read_bytes()[:-3])
    assert cache.checked(_FILES, lambda: _CATALOGUE) == first


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cache.checked(_FILES, lambda: _CATALOGUE)


def test_a_small_file_is_not_kept(tmp_path: Path) -> None:
    cache.checked({"small.rule": "use kommo\n"}, lambda: _CATALOGUE)
    assert not list(tmp_path.iterdir())


def test_old_answers_go(tmp_path: Path) -> None:
    for at in range(45):
        cache.keep(f"{at:064}", ())
    assert len(list((tmp_path / "treadle" / "check").iterdir())) == 40
