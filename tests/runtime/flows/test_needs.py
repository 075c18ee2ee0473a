"""F24: a connection that is missing holds runs up where they need it, is told of, and they go on when it is there."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from tests.runtime.flows import graphs as g
from tests.runtime.flows.acme import plugin
from tests.runtime.flows.conftest import Shop

from treadle.runtime import acting, ours
from treadle.runtime.access import SYSTEM
from treadle.runtime.host import PluginHost
from treadle.runtime.ports import EventFilter
from treadle.runtime.services import declared
from treadle.sdk import Context, NotSent, Plugin, action


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


async def test_a_rule_that_hears_a_connection_that_is_missing_says_so(shop: Shop) -> None:
    heard = g.rule("r", g.log("l", "x"))
    named = replace(heard, hears=tuple(replace(each, connection="second") for each in heard.hears))
    await shop.publish(named)
    await shop.placed()
    (event,) = await shop.engine.store.events(EventFilter())
    view = await shop.engine.explain(event.id)
    assert view is not None
    assert (view.outcome, [each.why for each in view.explanation]) == (
        "unheard", [f"it hears {event.trigger} of the connection 'second', which is not there"],
    )  # fmt: skip
    await shop.engine.connections.add("acme", "second", {"base_url": shop.sink.url, "key": "k"})
    view = await shop.engine.explain(event.id)
    assert view is not None
    assert view.explanation == []


class Gate:
    """Whether a person has connected the account again."""

    open = False


@action(effect="idempotent")
async def enter(ctx: Context[Any]) -> None:
    """Go through the gate."""
    if not Gate.open:
        raise NotSent("the account has to be connected again", code=ours.RECONNECT)


@pytest.fixture
def host() -> PluginHost:
    """The plugins of the shop, and a gate."""
    return PluginHost.of([plugin, Plugin("gate", actions=[enter])])


async def test_a_run_waits_for_a_person_who_connects_the_account_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours, "WITHOUT_CONNECTION", 0.1)
    monkeypatch.setattr(Gate, "open", False)
    await shop.publish(g.rule("r", replace(g.call("s1", "enter"), plugin="gate")))
    await shop.placed()

    async def told() -> bool:
        steps = [step for row in await shop.runs() for step in await shop.engine.store.steps(row.id)]
        return [step.error.code for step in steps if step.error] == [ours.RECONNECT]

    async with shop.working():
        await shop.until(told)
        Gate.open = True
        (row,) = await shop.ended(rule="r")
    (step,) = await shop.engine.store.steps(row.id)
    assert (row.status, step.state, step.tries) == ("done", "done", 1)
