"""A large set of files is compiled in a process of the language, and comes to the same."""

from __future__ import annotations

from typing import Any

import pytest

from treadle.runtime.language import compiling
from treadle.runtime.language.compiling import compiled_apart
from treadle.runtime.publishing import compiled_in_thread

SOUND = """use acme

event packed
  order: text

rule "Greet"
  when acme.order_placed as order
  where order.total >= 10.50
  do
    log "Hello {order.id}"
"""
FAULTY = SOUND.replace("Greet", "Broken").replace("order.total", "order.totall")


async def test_a_large_set_comes_to_the_same_in_a_process_of_its_own(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await compiled_apart(shop.engine, {"a.rule": SOUND}) is None  # small: a thread is quicker
    monkeypatch.setattr(compiling, "LARGE", 0)
    for files in ({"a.rule": SOUND}, {"a.rule": SOUND, "b.rule": FAULTY}):
        apart = await compiled_apart(shop.engine, files)
        here = await compiled_in_thread(files, await shop.engine.world(), shop.engine.live)
        assert apart is not None
        assert (apart.diagnostics, apart.partial) == (here.diagnostics, here.partial)
        assert apart.program == here.program
    await shop.engine.language.close()
    monkeypatch.setattr(compiling, "PATIENCE", 0.0)
    assert await compiled_apart(shop.engine, {"a.rule": SOUND}) is None  # nobody answers in time: here, then
