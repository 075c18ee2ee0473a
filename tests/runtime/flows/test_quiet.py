"""`after ... of quiet` on the real store: one run with all events of a group, over two workers, whoever dies."""

from __future__ import annotations

from collections import Counter

import pytest
from mortals import dies

RULE = """use acme

rule "R"
  when acme.order_placed as order
  after {pause} of quiet per order.total as list orders
  do
    acme.remark(order: order.id, text: "{{count(orders)}} of {{sum(map(orders, o => o.id))}}")
"""


async def publish(shop, pause):
    compiled = await shop.engine.publish({"a.rule": RULE.format(pause=pause)})
    assert not compiled.errors, compiled.errors


async def fates(shop, count):
    async def look():
        rows = {row.id: row for status in (None, "suppressed") for row in await shop.runs(status=status)}
        return rows if len([row for row in rows.values() if row.ended_at is not None]) == count else None

    found = (await shop.until(look, 20)).values()
    return Counter((row.status, row.error.code if row.error else None) for row in found)


def said(shop):
    return sorted(each.data["text"] for each in shop.sink.writes())


async def test_a_group_fires_once_with_all_its_events_over_two_workers(shop):
    await publish(shop, "1 s")
    orders = [{"kind": "placed", "id": n, "total": n % 2} for n in range(1, 9)]
    await shop.deliver(*orders)
    async with shop.working(), shop.working():
        assert await fates(shop, 8) == {("done", None): 2, ("suppressed", "quiet"): 6}
    assert said(shop) == ["4 of 16", "4 of 20"]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after_claim", "after_decision", "after_outcome"])
async def test_a_group_is_whole_when_its_worker_dies(shop, settings, point):
    await publish(shop, "0.1 s")
    await shop.deliver(*({"kind": "placed", "id": n, "total": 5} for n in range(1, 5)))
    await dies(settings, point)
    async with shop.working(), shop.working():
        assert await fates(shop, 4) == {("done", None): 1, ("suppressed", "quiet"): 3}
    assert said(shop) == ["4 of 10"]
