"""The past of the real store is that of the one in memory, and what nobody read of it cannot be told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from tests.runtime.backtest.conftest import SETTING, Lived, rule, version
from tests.runtime.backtest.test_laws import BESIDE, TAG
from tests.runtime.backtest.test_replaying import on_order
from tests.runtime.clocked import ClockedStore, clocked
from tests.runtime.virtual.conftest import CATALOGUE, SHOP, START

from treadle.dsl import facade, values
from treadle.dsl.typesystem import INT, TEXT, Field, Optional, Record
from treadle.runtime.backtest.machine import VirtualMachine
from treadle.runtime.backtest.past import Past, StorePast
from treadle.runtime.backtest.postgrespast import PostgresPast
from treadle.runtime.backtest.replaying import Plan, backtest
from treadle.runtime.backtest.report import Backtested
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.ids import first_id
from treadle.runtime.ports import StoredEvent
from treadle.runtime.scripted import Fails, Returns
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.system import system
from treadle.runtime.virtual import StoreOn

RULES = (
    BESIDE
    + on_order("once per order.id", f"found = shop.get(id: order.id)\nif found.total > 5\n  {TAG}", "Reads")
    + on_order("", 'run "Sub"(n: order.id)\ntry\n  shop.charge(id: order.id)\non error\n  log "no"', "Runs")
    + on_order("where order.total > 3", "emit ready {id: order.id}", "Emits")
    + on_order("", f'said = ask judge "Is {{order.total}} good?"\nif said == "yes"\n  {TAG}', "Asks")
    + on_order(
        "", f'ok = approve "Tag {{order.id}}?" by "boss" up to 1 hour\non timeout\n  stop\nif ok\n  {TAG}', "People"
    )
    + 'rule "Hand"\n  when by hand(id: int)\n  do\n    shop.tag(id: id, tag: "hand")\n'
)
OTHERS = RULES.replace("order.total > 3", "order.total > 8").replace("found.total > 5", "found.total > 8")


class ClockedPast(PostgresPast):
    """Of a store on a clock that jumps."""

    def __init__(self, store: ClockedStore) -> None:
        super().__init__(store._pool, store.workspace_id)
        self._store = store

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        async with self._store._connection() as connection:
            yield connection


async def _reported(store: StoreOn) -> Backtested:
    class LivedHere(Lived):
        pass

    LivedHere.store = staticmethod(store)  # type: ignore[assignment]
    past = LivedHere(RULES)
    system.set(VirtualMachine(past.world.clock.now))
    past.replies["shop.get"] = [Returns({"id": 1, "total": total, "tags": []}) for total in (9, 7, 1)]
    past.replies["shop.charge"] = [Fails("declined", "no money")]
    past.replies["judge"] = [Returns("yes"), Returns("no")]
    past.answers = [True, False]
    for id_, total in ((1, 10), (2, 5), (1, 2), (3, 4)):
        await past.placed(id_, total)
        await past.after(minutes=50)
    await past.switch("Emits", "off")
    await past.placed(1, 10)
    await past.begin("Hand", id=5)
    await past.after(hours=9)
    found: Past
    if isinstance(past.world.store, ClockedStore):
        found = ClockedPast(past.world.store)
    else:
        assert isinstance(past.world.store, MemoryStore)
        found = StorePast(past.world.store)
    graphs = {each.version(): each for each in past.world.rules.graphs().values()}

    async def graph(version: str) -> Any:
        return graphs.get(version)

    found.graph = graph  # type: ignore[method-assign]
    plan = Plan(
        since=START, until=START + timedelta(hours=12), then=version(RULES), now=version(OTHERS), setting=SETTING
    )
    return await backtest(plan, found)


async def test_both_pasts_are_alike(clocked_url: str) -> None:
    memory = await _reported(MemoryStore)
    assert (memory.events, memory.starts, memory.differ, memory.cannot_tell) == (5, 1, 4, 0)
    assert sum(each.unclear for each in memory.rules) == 0
    async with clocked(clocked_url) as made:
        postgres = await _reported(made)
    assert _without_ids(memory) == _without_ids(postgres)


def _without_ids(report: Backtested) -> Any:
    def plain(data: Any) -> Any:
        if isinstance(data, dict):
            return {name: plain(each) for name, each in data.items() if name != "event"}
        return [plain(each) for each in data] if isinstance(data, list) else data

    return plain(msgspec.to_builtins(report))


LATE = Record((Field("id", INT), Field("email", Optional(TEXT), carried=False)), "shop.Order")


@pytest.mark.parametrize("loaded", [None, b'{"id": 1, "email": "a@b.example"}'])
async def test_a_field_that_nobody_read(loaded: bytes | None) -> None:
    plugin = msgspec.structs.replace(SHOP, records={**SHOP.records, "Order": LATE})
    world = msgspec.structs.replace(CATALOGUE, plugins={"shop": plugin})

    def compiled(text: str) -> Version:
        program = facade.compile_files({"a.rule": "use shop\n\n" + text}, world).program
        assert program is not None
        return Version(program.graphs)

    event = StoredEvent(
        id=first_id(START),
        trigger="shop.placed",
        data=values.encode({"id": 1}),
        received_at=START,
        connection_id=next(iter(SETTING.connections)),
        loaded=loaded,
    )
    store = MemoryStore()
    store._events[event.id] = event
    plan = Plan(
        since=START,
        until=START + timedelta(hours=1),
        then=compiled(on_order("where order.id > 1", TAG)),
        now=compiled(on_order('where (order.email ?? "") contains "@"', TAG)),
        setting=Setting(world, SETTING.connections),
    )
    told = rule(await backtest(plan, StorePast(store)))
    if loaded is None:
        assert (told.differ, told.cannot_tell) == (0, 1)
        assert told.reasons[0].why.startswith("it needs fields of shop.placed")
    else:
        assert (told.differ, told.cannot_tell, told.fired_now) == (1, 0, 1)


async def test_a_schedule_without_events_comes_to_its_end(lived: type[Lived]) -> None:
    past = lived('rule "A"\n  when every 10 min\n  do\n    log "tick"\n')
    told = rule(await past.against(days=1))
    assert (told.fired_then, told.fired_now, told.differ) == (144, 144, 0)
