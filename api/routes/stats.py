"""`/stats`: figures over time, for dashboards."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from treadle.api.parameters import Since, Until, aware
from treadle.api.problems import Refused
from treadle.runtime.access import Principal
from treadle.runtime.engine import Engine
from treadle.runtime.services.stats import SpanInvalid, Stats, stats

Step = Annotated[
    int | None,
    QueryParameter(
        ge=60,
        le=31_536_000,
        description="Seconds of one step; the next longer of a minute, a quarter, one and six hours, a day.",
    ),
]


@get("/", summary="Figures over time")
async def get_stats(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    since: Since = None,
    until: Until = None,
    step: Step = None,
) -> Stats:
    """Events, runs by outcome, latencies, spend and the queue in equal steps, the last day without `since` and `until`,
    and how it stands now. Figures are a few seconds old; those by the minute are kept for a day, by the hour for 40,
    by the day for two years.
    """
    try:
        return await stats(engine, who, aware(since), aware(until), step)
    except SpanInvalid as invalid:
        raise Refused("bad_request", str(invalid)) from None


router = Router("/stats", route_handlers=[get_stats], tags=["Stats"])
