"""F24: a connection that is missing holds runs up where they need it, is told of, and they go on when it is there."""

from __future__ import annotations

import pytest
from tests.runtime.flows import graphs as g
from tests.runtime.flows.conftest import Shop

from treadle.runtime import acting
from treadle.runtime.access import SYSTEM
from treadle.runtime.services import declared


async def test_a_run_waits_for_its_connection_and_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "WITHOUT_CONNECTION", 0.1)
    await shop.publish(
        g.rule("r", g.call("s1", "tag", order=1, tag="x", connection="second")), g.rule("s", g.log("l", "x"))
    )
    told = {each.name: [need.why for need in each.needs] for each in await declared.rules(shop.engine, SYSTEM)}
    assert told == {"r": ["there is no connection 'second' of the plugin acme"], "s": []}
    await shop.placed()
    async with shop.working():
        (done,) = await shop.ended(rule="s")
        (row,) = await shop.until(lambda: shop.runs(status="waiting"))
        assert (done.status, row.rule, shop.sink.seen) == ("done", "r", [])
        assert await shop.engine.store.steps(row.id) == []
        await shop.engine.connections.add("acme", "second", {"base_url": shop.sink.url, "key": "k"})
        (row,) = await shop.ended(rule="r")
    assert (row.status, len(shop.sink.seen)) == ("done", 1)
    assert [each.needs for each in await declared.rules(shop.engine, SYSTEM)] == [[], []]
