"""The database away while an action needs it: no try of the step, and nothing is sent twice or given up."""

from __future__ import annotations

import graphs as g
import pytest
from sink import absent, failing

from treadle.runtime import ours
from treadle.runtime.ports import StoreDown


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(ours, "_AGAIN", 0.01)


def away(shop, monkeypatch, verb, *, times, after=0):
    """The store's `verb` fails so many times, once it went well `after` times."""
    real, asked = getattr(shop.engine.store, verb), []

    async def flaky(*args, **more):
        asked.append(args)
        if after < len(asked) <= after + times:
            raise StoreDown("the database cannot be reached")
        return await real(*args, **more)

    monkeypatch.setattr(shop.engine.store, verb, flaky)
    return asked


async def shipped(shop):
    await shop.publish(g.rule("r", g.call("s1", "parcel", order=1, effect="checkable", timeout=0.2, tries=2)))
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
    (step,) = [step for step in await shop.engine.store.steps(row.id) if step.effect]
    return row.status, step, shop.sink.writes()


@pytest.mark.parametrize("verb", ["get_value", "put_value", "swap_value"])
async def test_what_an_action_could_not_keep_before_it_sent_is_tried_until_it_can(shop, monkeypatch, verb):
    asked = away(shop, monkeypatch, verb, times=6)
    status, step, writes = await shipped(shop)
    assert (status, step.state, step.tries, len(writes)) == ("done", "done", 1, 1)
    assert len(asked) > 6


async def test_a_lock_that_cannot_be_given_back_fails_nothing(shop, monkeypatch):
    away(shop, monkeypatch, "swap_value", times=1, after=1)
    status, step, writes = await shipped(shop)
    assert (status, step.tries, len(writes)) == ("done", 1, 1)


async def test_a_look_up_that_could_not_be_made_is_made_again(shop, monkeypatch):
    shop.sink.answers |= {"POST /shipments": failing(1), "GET /shipments": absent}
    away(shop, monkeypatch, "get_value", times=6, after=1)
    status, step, writes = await shipped(shop)
    assert (status, step.state, step.tries, len(writes)) == ("done", "done", 2, 2)


async def test_fields_that_a_rule_asks_for_are_read_when_the_database_is_back(shop, monkeypatch):
    loader = "treadle.runtime.net.scoped.ScopedHttp._wait_for_place"
    asked = []

    async def full(self, target):
        asked.append(target)
        if len(asked) <= 3:
            from treadle.sdk.failures import NotSent

            raise NotSent("the rate is kept in the database, which cannot be reached", code=ours.DATABASE)

    monkeypatch.setattr(loader, full)
    where = g.term(g.field("email"), "==", "ana@example.com", loads=True)
    await shop.publish(g.rule("r", g.call("s1", "tag", order=1, tag="a"), where=(where,)))
    await shop.placed(1)
    async with shop.working():
        (row,) = await shop.ended(1)
    assert (row.status, len(shop.sink.writes())) == ("done", 1)


def test_a_database_that_is_away_for_one_step_alone_is_a_failure_of_it_in_the_end():
    assert ours.again_after(ours.DATABASE, 600 + ours.LONGEST_OUTAGE + 1, 600) is None
    assert ours.again_after(ours.LEASE_ENDS, 1e9, 600) == 0.0
    assert ours.again_after("rate", 0, 600) is None
    assert ours.again_after(ours.RECONNECT, 1e9, 600) == ours.WITHOUT_CONNECTION
