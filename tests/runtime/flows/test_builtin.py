"""Values of the `treadle` plugin under many runs at once, on the real store and two workers: exact, each turn once."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from acme import plugin

from treadle.dsl import values
from treadle.runtime.builtin import plugin as builtin
from treadle.runtime.host import PluginHost

RUNS = 36
RULE = """use acme
use treadle

rule "Shares"
  when acme.order_placed as order
  do
    number = treadle.count_up(key: "orders")
    seller = treadle.next_of(key: "sellers", items: ["Ann", "Sam", "Lu"])
    treadle.remember(key: "seller of {order.id}", value: seller)
    kept = treadle.recall(key: "seller of {order.id}")
    log "{number} {text(kept)}"
    so_far = treadle.count_runs(rule: "Shares")
    log "of {so_far}"
"""


@pytest.fixture
def host():
    return PluginHost.of([plugin, builtin])


async def test_counts_are_exact_and_turns_go_round_over_two_workers(shop):
    compiled = await shop.engine.publish({"a.rule": RULE})
    assert not compiled.errors, compiled.errors
    await shop.deliver(*({"kind": "placed", "id": number, "total": 1} for number in range(RUNS)))
    async with shop.working(), shop.working():
        rows = await shop.ended(RUNS, limit=RUNS, within=20)
    assert {row.status for row in rows} == {"done"}
    steps = await asyncio.gather(*(shop.engine.store.steps(row.id) for row in rows))
    logs = [[values.decode(step.input) for step in each if step.what == "log"] for each in steps]
    numbers, sellers = zip(*(first.split() for first, _ in logs), strict=True)
    assert sorted(map(int, numbers)) == list(range(1, RUNS + 1))
    assert Counter(sellers) == {"Ann": RUNS // 3, "Sam": RUNS // 3, "Lu": RUNS // 3}
    assert {last for _, last in logs} == {f"of {RUNS}"}
