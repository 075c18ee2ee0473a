"""`/agents`, `/tables`, `/calendars`, `/limits`, `/schedules`: what the live files declare beside rules."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from treadle.api.pages import Page
from treadle.api.parameters import Limit
from treadle.dsl.inventory import CalendarDeclared, TableDeclared
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.overview import AgentView, LimitView, ScheduleView
from treadle.runtime.services import declared


class AgentPage(Page[AgentView], frozen=True):
    """Agents; there is one page."""


class TablePage(Page[TableDeclared], frozen=True):
    """Tables; there is one page."""


class CalendarPage(Page[CalendarDeclared], frozen=True):
    """Calendars; there is one page."""


class LimitPage(Page[LimitView], frozen=True):
    """Limits; there is one page."""


class SchedulePage(Page[ScheduleView], frozen=True):
    """A page of schedules, in the order of the files."""


@get("/agents", summary="Agents, as the live files declare them", tags=["Agents"])
async def list_agents(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> AgentPage:
    """Each agent with its model, tools, answer, budget and memory, with what was asked of it in the last 24 hours, what
    that cost where the service said so, and how much of its budgets is used now.
    """
    return AgentPage(await declared.agents(engine, who), None)


@get("/tables", summary="Decision tables, as the live files declare them", tags=["Rules"])
async def list_tables(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> TablePage:
    """Each table with its parameters, its columns and how many rows it has."""
    return TablePage(await declared.tables(engine, who), None)


@get("/calendars", summary="Calendars, as the live files declare them", tags=["Rules"])
async def list_calendars(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> CalendarPage:
    """Each calendar with its days, as they are written."""
    return CalendarPage(await declared.calendars(engine, who), None)


@get("/limits", summary="Limits over all rules", tags=["Rules"])
async def list_limits(engine: NamedDependency[Engine], who: NamedDependency[Principal]) -> LimitPage:
    """Each limit with how much of it is used now. One that counts apart for each contact, or whatever else, says no
    figure.
    """
    return LimitPage(await declared.limits(engine, who), None)


@get("/schedules", summary="Schedules and their next firings", tags=["Rules"])
async def list_schedules(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    rule: Annotated[str | None, QueryParameter(description="Only those of this rule.")] = None,
    n: Annotated[int, QueryParameter(ge=1, le=50, description="How many firings of each.")] = 5,
    cursor: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="`next` of the page before.")] = 0,
    limit: Limit = 50,
) -> SchedulePage:
    """Each `when every` and `when cron` line with when it fires next, over days that are not 24 hours long. One whose
    rule is off fires never.
    """
    found = await declared.schedules(engine, who, n, rule=rule, behind=cursor, limit=limit + 1)
    return SchedulePage(found[:limit], str(cursor + limit) if len(found) > limit else None)


router = Router("/", route_handlers=[list_agents, list_tables, list_calendars, list_limits, list_schedules])
