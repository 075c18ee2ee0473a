"""`/runs`: the history of what rules did, step by step."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Entity, Limit
from treadle.api.problems import Refused
from treadle.api.views import RunDetail, RunView, run_detail, run_view
from treadle.dsl.graph import Graph
from treadle.runtime.engine import Engine
from treadle.runtime.ports import RunFilter, RunStatus


class RunPage(Page[RunView], frozen=True):
    """A page of runs."""


@get("/", summary="Runs, newest first")
async def list_runs(
    engine: NamedDependency[Engine],
    rule: Annotated[str | None, QueryParameter(description="The name of the rule or sequence.")] = None,
    status: Annotated[RunStatus | None, QueryParameter(description="Only runs in this status.")] = None,
    event: Annotated[UUID | None, QueryParameter(description="The event that started them.")] = None,
    entity: Entity = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """A page of runs. Suppressed ones are shown only when `status=suppressed` asks for them."""
    wanted = RunFilter(rule=rule, status=status, event_id=event, entity=entity, before=before(cursor), limit=limit + 1)
    rows, following = cut(await engine.store.runs(wanted), limit, lambda row: row.id)
    return RunPage([run_view(row) for row in rows], following)


@get("/{run_id:uuid}", summary="One run, step by step")
async def get_run(engine: NamedDependency[Engine], run_id: FromPath[UUID]) -> RunDetail:
    """The run with every step: input, output, error, times, and the line of the rule it comes from."""
    if (row := await engine.store.run(run_id)) is None:
        raise Refused("run_unknown", f"There is no run {run_id}.")
    stored = await engine.store.graph(row.graph)
    graph = msgspec.json.decode(stored, type=Graph) if stored else None
    return run_detail(row, await engine.store.steps(run_id), graph)


router = Router("/runs", route_handlers=[list_runs, get_run], tags=["Runs"])
