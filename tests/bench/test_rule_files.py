"""The workspace that checking is measured on is one that people could have written."""

from __future__ import annotations

from bench.rule_files import workspace

from treadle.cli.world import catalogue_for
from treadle.dsl.facade import compile_files, format_text


def test_it_checks_clean_is_canonical_and_has_as_many_rules_as_asked_for() -> None:
    files = workspace(23)
    compiled = compile_files(files, catalogue_for(files))
    assert not compiled.errors
    assert len(compiled.partial) == 23
    assert all(format_text(text).text == text for text in files.values())
