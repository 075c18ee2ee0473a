"""The books are read from the tables as they are now."""

from __future__ import annotations

from chaos.history import History
from tests.conftest import Postgres


async def test_every_question_is_answered_by_an_empty_installation(postgres: Postgres, database_name: str):
    history = History(postgres.url(database_name))
    assert await history.events() == await history.runs() == await history.steps() == ()
    assert await history.live() == 0
    assert await history.claims() == {}
    assert await history.ticks("Tick") == (0.0, 0)
    assert set((await history.left()).values()) == {0}
    await history.forget_rings()
