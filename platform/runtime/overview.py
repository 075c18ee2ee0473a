"""What the live files declare, as people see it: sequences, agents, limits and schedules, with their figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Literal

import msgspec

from treadle.dsl.graph import Graph, Limit, Schedule
from treadle.dsl.inventory import AgentDeclared, Typed
from treadle.dsl.typesystem import show
from treadle.runtime import schedules
from treadle.runtime.livefigures import Charged, Lately, Place, Window
from treadle.runtime.machine.passing import verb
from treadle.runtime.spending import PERIODS

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WaitingHere(msgspec.Struct, frozen=True, kw_only=True):
    """Live runs at one step. `step` is None at the end of a run; `what` and `line` are None for a step that only an
    older version has. `due` is when the first of them goes on by itself.
    """

    step: str | None
    what: str | None
    line: int | None
    status: str
    runs: int
    due: datetime


class SequenceView(msgspec.Struct, frozen=True, kw_only=True):
    """A live sequence: what it is given, how its runs of late ended, and who waits where."""

    name: str
    file: str
    line: int
    off: bool
    params: list[Typed]
    lately: Lately
    waiting: list[WaitingHere]


class BudgetView(msgspec.Struct, frozen=True):
    """A part of a budget in US dollars. `used` is what is used now; None where it is counted for each run or key."""

    amount: str
    per: str
    used: Decimal | None


class AgentView(AgentDeclared, frozen=True, kw_only=True):
    """An agent as declared, with what it was asked and what that cost in the last 24 hours, in US dollars, where the
    service said. `spending` is its budget with what is used of it.
    """

    turns_asked: int
    cost: Decimal | None
    rules: list[str]
    spending: list[BudgetView]


class LimitView(msgspec.Struct, frozen=True, kw_only=True):
    """A limit over all rules: `amount` (a count, or US dollars) in `window` seconds. `used` is how much is used now;
    None where it is counted for each `per`.
    """

    name: str
    file: str
    line: int
    what: Literal["messages", "calls", "spend"]
    amount: str
    window: float
    otherwise: Literal["wait", "skip"]
    plugin: str | None
    connection: str | None
    per: str | None
    used: Decimal | None


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule of a rule. `says` is what it says, `next` its next firings; none while the rule is `off`."""

    rule: str
    file: str
    line: int
    says: str
    zone: str
    catch_up: Literal["once", "all", "skip"]
    off: bool
    next: list[datetime]


def sequence_view(graph: Graph, lately: Lately, places: Iterable[Place]) -> SequenceView:
    """One sequence."""
    waiting = [_waiting(graph, place) for place in places]
    return SequenceView(
        name=graph.name,
        file=graph.file,
        line=graph.span.line,
        off=graph.off,
        params=[Typed(each, show(graph.names[each])) for each in graph.params],
        lately=lately,
        waiting=sorted(waiting, key=lambda each: (each.line or 0, each.step or "", each.status)),
    )


def _waiting(graph: Graph, place: Place) -> WaitingHere:
    node = graph.nodes.get(place.step) if place.step is not None else None
    return WaitingHere(
        step=place.step,
        what=verb(node) if node else None,
        line=node.span.line if node else None,
        status=place.status,
        runs=place.runs,
        due=place.due,
    )


def agent_view(agent: AgentDeclared, charged: Sequence[Charged], used: Mapping[str, Decimal]) -> AgentView:
    """One agent."""
    mine = [each for each in charged if each.agent == agent.name]
    costs = [each.amount for each in mine if each.amount is not None]
    spending = [
        BudgetView(each.amount, each.per, used.get(window_name(agent.name, each.per)) if whole(each.per) else None)
        for each in agent.budget
    ]
    return AgentView(
        **msgspec.structs.asdict(agent),
        turns_asked=sum(each.calls for each in mine),
        cost=sum(costs, Decimal(0)) if costs else None,
        rules=sorted({each.rule for each in mine}),
        spending=spending,
    )


def whole(per: str) -> bool:
    """Whether a part of a budget is counted for the agent as a whole."""
    return per in ("day", "week", "month")


def window_name(agent: str, per: str) -> str:
    """What the runtime counts a part of a budget under."""
    return f"agent {agent} per {per}"


def budget_windows(agents: Iterable[AgentDeclared]) -> Iterator[Window]:
    """Those of all agents that are counted as a whole."""
    for agent in agents:
        for part in agent.budget:
            if whole(part.per):
                yield Window(window_name(agent.name, part.per), PERIODS[part.per])


def limit_windows(limits: Iterable[Limit]) -> list[Window]:
    """Those of limits that are counted as a whole."""
    return [Window(each.name, each.window) for each in limits if each.per is None]


def limit_view(limit: Limit, used: Mapping[str, Decimal]) -> LimitView:
    """One limit."""
    return LimitView(
        name=limit.name,
        file=limit.file,
        line=limit.span.line,
        what=limit.what,
        amount=limit.amount,
        window=limit.window,
        otherwise=limit.otherwise,
        plugin=limit.plugin,
        connection=limit.connection,
        per=limit.per,
        used=used.get(limit.name, Decimal(0)) if limit.per is None else None,
    )


def schedule_view(graph: Graph, schedule: Schedule, now: datetime, count: int, *, off: bool) -> ScheduleView:
    """A schedule of a rule, with so many next firings."""
    return ScheduleView(
        rule=graph.name,
        file=graph.file,
        line=schedule.span.line,
        says=says(schedule),
        zone=schedule.zone,
        catch_up=schedule.catch_up,
        off=off,
        next=[] if off else list(islice(schedules.upcoming(schedule, now), count)),
    )


def says(schedule: Schedule) -> str:
    """A schedule in words: `every 900 s`, `mon, fri at 09:00`, `cron 0 9 * * *`."""
    if schedule.seconds is not None:
        return f"every {schedule.seconds:g} s"
    if schedule.cron is not None:
        return f"cron {schedule.cron}"
    days = "every day" if len(schedule.days) == 7 else ", ".join(_DAYS[each] for each in schedule.days)
    return f"{days} at {', '.join(each.removesuffix(':00') for each in schedule.times)}"
