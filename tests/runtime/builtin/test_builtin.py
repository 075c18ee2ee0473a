"""The `treadle` plugin: its declarations, and its actions over the store in memory."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.runtime.store.making import arrival

from treadle.runtime.builtin import plugin
from treadle.runtime.context import Runs, Values
from treadle.runtime.host import PluginHost
from treadle.runtime.store.memory import MemoryStore
from treadle.sdk import ActionFailed
from treadle.sdk.schema import plugin_spec


class World:
    """A store, a clock that only moves when told, and calls."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.store = MemoryStore(lambda: self.now)
        self.effects = 0

    async def do(self, action: str, *, effect: str | None = None, **arguments: Any) -> Any:
        self.effects += 1
        clock = SimpleNamespace(now=lambda: self.now, sleep=asyncio.sleep)
        ctx = SimpleNamespace(
            effect_id=effect or f"effect-{self.effects}",
            store=Values(self.store, UUID(int=7)),
            history=Runs(self.store),
            clock=clock,
        )
        return await plugin.actions[action].call(ctx, **arguments)


@pytest.fixture
def world() -> World:
    return World()


async def test_what_is_remembered_is_recalled_until_it_runs_out(world: World) -> None:
    assert await world.do("recall", key="owner") is None
    await world.do("remember", key="owner", value={"name": "Ann"}, lasts=timedelta(hours=1))
    assert await world.do("recall", key="owner") == {"name": "Ann"}
    world.now += timedelta(hours=2)
    assert await world.do("recall", key="owner") is None


async def test_a_count_goes_up_once_for_each_effect(world: World) -> None:
    assert await world.do("count_up", key="n", effect="a") == 1
    assert await world.do("count_up", key="n", by=5, effect="b") == 6
    assert await world.do("count_up", key="n", effect="a") == 1  # sent again: the answer of the first time
    assert await world.do("count_up", key="n", by=-6) == 0
    assert await world.do("count_up", key="other") == 1


async def test_a_count_that_nobody_changes_runs_out(world: World) -> None:
    await world.do("count_up", key="n", lasts=timedelta(days=1))
    world.now += timedelta(hours=23)
    assert await world.do("count_up", key="n", lasts=timedelta(days=1)) == 2
    world.now += timedelta(hours=23)
    assert await world.do("count_up", key="n", by=0, lasts=timedelta(days=1)) == 2
    world.now += timedelta(hours=25)
    assert await world.do("count_up", key="n") == 1


async def test_a_call_that_is_taken_over_late_counts_once(world: World) -> None:
    assert await world.do("count_up", key="n", effect="early") == 1
    for _ in range(100):
        await world.do("count_up", key="n")
    assert await world.do("count_up", key="n", effect="early") == 1
    assert await world.do("count_up", key="n", by=0) == 101


async def test_many_at_once_are_all_counted(world: World) -> None:
    await asyncio.gather(*(world.do("count_up", key="n") for _ in range(40)))
    assert await world.do("count_up", key="n", by=0) == 40


async def test_next_of_goes_round(world: World) -> None:
    items = ["Ann", "Sam", "Lu"]
    assert [await world.do("next_of", key="s", items=items, effect=str(at)) for at in range(5)] == [
        *items,
        "Ann",
        "Sam",
    ]
    assert await world.do("next_of", key="s", items=items, effect="2") == "Lu"
    with pytest.raises(ActionFailed):
        await world.do("next_of", key="s", items=[])


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=-1), timedelta(days=36500)])
async def test_a_time_that_makes_no_sense(world: World, lasts: timedelta) -> None:
    with pytest.raises(ActionFailed):
        await world.do("remember", key="k", value=1, lasts=lasts)
    assert await world.do("recall", key="k") is None


async def test_count_runs(world: World) -> None:
    await world.store.accept([], [arrival(rule="A"), arrival(rule="B")])
    world.now += timedelta(minutes=50)
    await world.store.accept([], [arrival(rule="A", entity="acme.order:1")])
    assert await world.do("count_runs") == 3
    assert await world.do("count_runs", entity="acme.order:1") == 1
    assert await world.do("count_runs", entity="acme.order:2") == 0
    assert await world.do("count_runs", rule="A") == 2
    assert await world.do("count_runs", rule="A", within=timedelta(minutes=5)) == 1
    assert await world.do("count_runs", status="running") == 3
    assert await world.do("count_runs", status="failed") == 0
    with pytest.raises(ActionFailed):
        await world.do("count_runs", status="broken")


def test_the_declarations() -> None:
    spec = plugin_spec(plugin)
    assert not spec.connects
    assert set(spec.triggers) == {"run_failed", "new_error", "worker_lost", "job_slow", "unknown_effect"}
    assert {name for name, each in spec.actions.items() if each.reads} == {"recall", "count_runs"}
    assert {each.effect for each in spec.actions.values()} == {"idempotent"}
    for trigger in plugin.triggers.values():
        msgspec.convert(trigger.example, trigger.payload, strict=False)
    for action in plugin.actions.values():
        assert action.example
        assert action.doc.endswith(".")


def test_it_is_found_as_every_plugin_is() -> None:
    assert PluginHost.load(only={"treadle"}).plugins["treadle"] is plugin
