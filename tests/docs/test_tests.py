"""The tests that stand in the documentation pass."""

from __future__ import annotations

import asyncio

import pytest
from tests.docs.test_docs import PAGES, _blocks

from treadle.dsl.catalogue import Catalogue
from treadle.dsl.compiling import build
from treadle.runtime.host import PluginHost
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of

TESTED = [
    pytest.param(block, id=f"{page.stem}-{n}")
    for page in PAGES
    for n, block in enumerate(_blocks(page, "treadle"))
    if "\ntest " in block and "# !" not in block
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return PluginHost.load().catalogue()


@pytest.mark.parametrize("text", TESTED)
def test_a_test_in_the_docs_passes(text: str, catalogue: Catalogue) -> None:
    built = build({"page.rule": text}, catalogue)
    player = Player(built.compiled.partial, built.compiled.limits, catalogue)
    suite = suite_of(built)
    assert suite.trials
    assert not suite.blocked
    for trial in suite.trials:
        played = asyncio.run(player.play(trial))
        assert played.passed, (trial.name, played.failure)


def test_there_are_some() -> None:
    assert len(TESTED) >= 3
