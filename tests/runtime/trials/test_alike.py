"""The tests of the rules that we ship and of the samples pass on both stores, and all that is recorded is the same.

Left open is which of two runs goes first that are due at the same moment.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.clocked import clocked
from tests.runtime.store.living import difference

from treadle.cli.files import sources
from treadle.cli.world import catalogue_for
from treadle.dsl.compiling import build
from treadle.dsl.trial import Trial
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of
from treadle.runtime.virtual import StoreOn, World

ROOT = Path(__file__).parents[3]
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FOLDERS = ("rules", "tests/samples/rules", "tests/samples/language")


@pytest.mark.parametrize("folder", FOLDERS)
async def test_all_is_recorded_alike(folder: str, clocked_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / folder)
    # Without chance: the place in an opening follows from the run's id, the pause before a retry is by the dice.
    monkeypatch.setattr("treadle.runtime.running.spread_of", lambda _: 0.25)
    monkeypatch.setattr("treadle.runtime.attempts.random.random", lambda: 0.5)
    files = sources([Path()])
    catalogue = catalogue_for(files)
    built = build(files, catalogue)
    suite = suite_of(built)
    assert suite.trials
    assert not suite.blocked

    async def played(trial: Trial, store_on: StoreOn) -> Any:
        stage = Player(built.compiled.partial, built.compiled.limits, catalogue, store_on).stage(trial)
        await stage.run()
        return await recorded(stage.world)

    async with clocked(clocked_url) as postgres:
        for trial in suite.trials:
            theirs, ours = await played(trial, postgres), await played(trial, MemoryStore)
            assert theirs == ours, f"{trial.name}\n{difference(ours, theirs)}"


async def recorded(world: World) -> list[Any]:
    """What was done, every run with its steps, and the questions; without ids."""
    runs = [(row, await world.steps(row.id)) for row in await world.runs()]
    asked = await world.store.approvals(open_only=False)
    return [sorted(_ID.sub("?", repr(each)) for each in part) for part in (world.journal, runs, asked)]
