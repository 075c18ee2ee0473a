"""What the live files declare, with live figures: sequences, agents, tables, calendars, limits, schedules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

import msgspec

from treadle.dsl.graph import Graph
from treadle.dsl.inventory import CalendarDeclared, Inventory, TableDeclared, inventory
from treadle.runtime import overview
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine, RuleView
from treadle.runtime.livefigures import Figures, Lately
from treadle.runtime.needs import Need, needs_of
from treadle.runtime.services.connections import consents

_read: dict[UUID, Inventory] = {}  # of the live publication, by its id


class RuleListed(RuleView, frozen=True, kw_only=True):
    """A live rule with how its runs of late ended. `needs` are connections that it cannot use now: until they are
    there it hears nothing of them, and its runs wait before the calls that go through them.
    """

    lately: Lately
    needs: list[Need]


async def rules(engine: Engine, who: Principal) -> list[RuleListed]:
    """The live rules, as their files have them. Raises `Forbidden`."""
    who.require("read")
    views = await engine.rules()
    programs = {each.graph.name: each for each in engine.live.programs() if each.graph.kind == "rule"}  # as the views
    lately = await _figures(engine).lately([each.name for each in views], engine.clock.now())
    given = await consents(engine)
    return [
        RuleListed(
            **msgspec.structs.asdict(each),
            lately=lately[each.name],
            needs=needs_of(programs[each.name], engine.host, engine.connections, given),
        )
        for each in views
    ]


async def sequences(engine: Engine, who: Principal) -> list[overview.SequenceView]:
    """The live sequences, as their files have them. Raises `Forbidden`."""
    who.require("read")
    await engine.live.refresh()
    graphs = [graph for (kind, _), graph in engine.live.graphs().items() if kind == "sequence"]
    names, figures = [each.name for each in graphs], _figures(engine)
    lately, places = await figures.lately(names, engine.clock.now()), await figures.places(names)
    return [
        overview.sequence_view(each, lately[each.name], [place for place in places if place.rule == each.name])
        for each in sorted(graphs, key=_place)
    ]


async def agents(engine: Engine, who: Principal) -> list[overview.AgentView]:
    """The agents that the live files declare. Raises `Forbidden`."""
    who.require("read")
    declared, figures = (await _inventory(engine)).agents, _figures(engine)
    charged = await figures.charged(engine.clock.now())
    used = await figures.used(list(overview.budget_windows(declared)))
    return [overview.agent_view(each, charged, used) for each in declared]


async def tables(engine: Engine, who: Principal) -> list[TableDeclared]:
    """The tables that the live files declare. Raises `Forbidden`."""
    who.require("read")
    return list((await _inventory(engine)).tables)


async def calendars(engine: Engine, who: Principal) -> list[CalendarDeclared]:
    """The calendars that the live files declare. Raises `Forbidden`."""
    who.require("read")
    return list((await _inventory(engine)).calendars)


async def limits(engine: Engine, who: Principal) -> list[overview.LimitView]:
    """The live limits with what is used of them now. Raises `Forbidden`."""
    who.require("read")
    await engine.live.refresh()
    live = engine.live.limits
    used = await _figures(engine).used(overview.limit_windows(live))
    return [overview.limit_view(each, used) for each in live]


async def schedules(
    engine: Engine, who: Principal, count: int, *, rule: str | None = None, behind: int = 0, limit: int = 50
) -> list[overview.ScheduleView]:
    """Schedules of the live rules, or of one, behind so many of them, each with `count` next firings. Raises
    `Forbidden`.
    """
    who.require("read")
    await engine.live.refresh()
    now, live = engine.clock.now(), engine.live
    graphs = [each for each in live.graphs().values() if each.schedules and rule in (None, each.name)]
    lines = [(graph, each) for graph in sorted(graphs, key=_place) for each in graph.schedules]
    wanted = [(graph, each, graph.off or live.is_off(graph)) for graph, each in lines[behind : behind + limit]]

    def planned() -> list[overview.ScheduleView]:
        return [overview.schedule_view(graph, each, now, count, off=off) for graph, each, off in wanted]

    return await asyncio.to_thread(planned)  # a line of cron that is rarely met is looked for long


def _figures(engine: Engine) -> Figures:
    return Figures(engine.database.pool, engine.store.workspace_id, engine.host.costs())


def _place(graph: Graph) -> tuple[str, int]:
    return graph.file, graph.span.line


async def _inventory(engine: Engine) -> Inventory:
    await engine.live.refresh()
    publication, sources = engine.live.publication, engine.live.sources
    if publication is None:
        return Inventory()
    if publication not in _read:
        found = await asyncio.to_thread(_inventory_of, sources)
        _read.clear()
        _read[publication] = found
    return _read[publication]


def _inventory_of(sources: Mapping[str, str]) -> Inventory:
    return inventory(sources)
