"""A past that rules really lived through, and backtests over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from msgspec.structs import replace
from tests.runtime.virtual.conftest import CATALOGUE, START, Play

from treadle.dsl import facade, values
from treadle.dsl.catalogue import Cost
from treadle.runtime.backtest.past import StorePast
from treadle.runtime.backtest.replaying import Plan, Progress, backtest
from treadle.runtime.backtest.report import Backtested, RuleCompared
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.builtin import plugin as treadle
from treadle.runtime.byhand import given
from treadle.runtime.connections import Connected
from treadle.runtime.ports import ConnectionRow, Origin
from treadle.runtime.starting import run_of
from treadle.runtime.store.memory import MemoryStore
from treadle.runtime.switching import State, stop_runs, switch
from treadle.runtime.virtual import connection_id
from treadle.sdk.schema import plugin_spec

SHOP = ConnectionRow(
    id=connection_id("shop", None),
    plugin="shop",
    kind="shop",
    name="main",
    settings={},
    sealed={},
    hook="",
    is_default=True,
)
CHARGE = replace(CATALOGUE.plugins["shop"].actions["charge"], cost=Cost(amount=Decimal("0.30"), currency="eur"))
COSTLY = replace(CATALOGUE.plugins["shop"], actions=CATALOGUE.plugins["shop"].actions | {"charge": CHARGE})
WORLD = replace(CATALOGUE, plugins={"shop": COSTLY, "treadle": plugin_spec(treadle)})
SETTING = Setting(WORLD, {SHOP.id: Connected(SHOP, cast("Any", None), b"", {})})


def version(text: str) -> Version:
    """The rules of a text; `use shop` and `use treadle` stand before it."""
    compiled = facade.compile_files({"a.rule": "use shop\nuse treadle\n\n" + text}, WORLD)
    assert compiled.program is not None, [(each.code, each.span.line, each.message) for each in compiled.errors]
    return Version(compiled.program.graphs, compiled.program.limits)


class Lived(Play):
    """Rules that lived, and what others would have made of the same."""

    def __init__(self, text: str, start: datetime = START) -> None:
        super().__init__(text, start)
        self.text = text
        self.told: list[Progress] = []

    async def switch(self, name: str, to: State) -> None:
        """Somebody switches the rule, a minute later."""
        await self.after(minutes=1)
        await switch(self.world.store, self.world.rules, name, to)
        await self.world.rules.refresh()
        if to == "off":
            await stop_runs(self.world.store, name)
        await self.after(minutes=1)

    async def begin(self, name: str, **args: Any) -> None:
        """Somebody starts a rule by hand, or a sequence."""
        program = next(each for each in self.world.rules.programs() if each.graph.name == name)
        await self.world.store.begin(run_of(program, given(program, args)), Origin(None, values.encode(args)))
        await self.world.settle()

    async def against(
        self, text: str | None = None, *, then: str | None = None, days: int = 30, **more: Any
    ) -> Backtested:
        """The report about these rules beside those that lived."""
        store = self.world.store
        assert isinstance(store, MemoryStore)
        past = StorePast(store)
        past.knows(list(self.world.rules.graphs().values()))
        plan = Plan(
            since=more.pop("since", START),
            until=START + timedelta(days=days),
            then=version(self.text if then is None else then),
            now=version(self.text if text is None else text),
            setting=more.pop("setting", SETTING),
            **more,
        )
        return await backtest(plan, past, self.told.append)


def rule(report: Backtested, name: str = "A") -> RuleCompared:
    """What is said of one rule."""
    return next(each for each in report.rules if each.rule == name)


def counts(compared: RuleCompared) -> Mapping[str, tuple[int, int]]:
    """Effects by name: how often each version has them."""
    return {each.what: (each.then, each.now) for each in compared.effects}


@pytest.fixture
def lived() -> type[Lived]:
    """Makes a past from the text of rules."""
    return Lived
