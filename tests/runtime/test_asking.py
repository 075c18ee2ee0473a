"""Figures are asked for once a second, and the last ones do while the store is slow."""

from __future__ import annotations

import asyncio

import pytest

from treadle.runtime import health
from treadle.runtime.health import Asking


async def test_figures_are_asked_for_once_a_second_and_the_last_ones_do_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, asked, slow = 0.0, 0, asyncio.Event()
    slow.set()
    monkeypatch.setattr(health, "steady", lambda: now)
    monkeypatch.setattr(health, "SOON", 0.001)

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await slow.wait()
        return asked

    asking = Asking(ask)
    assert [await asking.recent(), await asking.recent()] == [1, 1]
    now = health.RECENT
    assert await asking.recent() == 2
    slow.clear()
    now += health.RECENT
    assert (await asking.answer(), await asking.recent(), asked) == (None, 2, 3)  # the third is under way
    now += health.LASTS
    assert await asking.recent() is None
    slow.set()
    assert await asking.recent() == 3
