"""Rules of a small shop with their tests: text in, how each test went out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from tests.runtime.virtual.conftest import CATALOGUE as SHOP_ALONE

from treadle.dsl.compiling import build
from treadle.runtime.trials.outcomes import Failure, Played
from treadle.runtime.trials.player import Player
from treadle.runtime.trials.suite import suite_of

ORDER = msgspec.Raw(b'{"id": 1, "total": 10, "stage": "New", "tags": []}')
SHOP = msgspec.structs.replace(SHOP_ALONE.plugins["shop"], examples={"Order": ORDER})
CATALOGUE = msgspec.structs.replace(SHOP_ALONE, plugins={"shop": SHOP})
HEAD = "use shop\n\n"


def played(files: dict[str, str]) -> list[Played]:
    """All tests of these files, blocked ones last."""
    built = build({name: HEAD + text for name, text in files.items()}, CATALOGUE)
    suite = suite_of(built)
    player = Player(built.compiled.partial, built.compiled.limits, CATALOGUE)

    async def play() -> list[Played]:
        return [await player.play(each) for each in suite.trials]

    return [*asyncio.run(play()), *suite.blocked]


class Trying:
    """`rules` and the lines of one test."""

    def __init__(self, rules: str, lines: str) -> None:
        indented = "".join(f"  {line}\n" for line in lines.strip("\n").split("\n"))
        self.text = f'{HEAD}{rules}\ntest "T"\n{indented}'
        built = build({"a.rule": self.text}, CATALOGUE)
        assert not built.compiled.errors, [(each.message, each.span.line) for each in built.compiled.errors]
        player = Player(built.compiled.partial, built.compiled.limits, CATALOGUE)
        (trial,) = suite_of(built).trials
        self.played = asyncio.run(player.play(trial))

    @property
    def failure(self) -> Failure | None:
        return self.played.failure

    @property
    def message(self) -> str | None:
        return self.played.failure.message if self.played.failure else None

    def line(self, of_cause: bool = False) -> str:
        """The line that the failure is about."""
        assert self.played.failure is not None
        spot = self.played.failure.cause if of_cause else self.played.failure.spot
        assert spot is not None
        return self.text.split("\n")[spot.span.line - 1].strip()


@pytest.fixture
def trying() -> Callable[[str, str], Trying]:
    return Trying
