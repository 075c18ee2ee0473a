"""`/runs`: the history of what rules did, step by step."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from treadle.api.around import RunGraph, run_graph
from treadle.api.idempotency import id_for
from treadle.api.pages import Page, before, cut
from treadle.api.parameters import Cursor, Entity, Limit, Since, Until, aware
from treadle.api.problems import Refused
from treadle.api.views import RunDetail, RunView, run_detail, run_view
from treadle.dsl.values import decode
from treadle.runtime.access import Principal
from treadle.runtime.deciders import keys_written
from treadle.runtime.engine import Engine, StartInvalid
from treadle.runtime.ports import RunFilter, RunStatus
from treadle.runtime.services import runs


class RunPage(Page[RunView], frozen=True):
    """A page of runs."""


class RunTest(msgspec.Struct, frozen=True):
    """The text of a `test` block for the file of the rule."""

    text: str


class NewStart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A live rule that is `by hand`, and what its parameters are given."""

    rule: str
    args: dict[str, Any] = {}


class Started(msgspec.Struct, frozen=True):
    """The run that was started."""

    run: UUID


@get("/", summary="Runs, newest first")
async def list_runs(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    rule: Annotated[str | None, QueryParameter(description="The name of the rule or sequence.")] = None,
    status: Annotated[RunStatus | None, QueryParameter(description="Only runs in this status.")] = None,
    event: Annotated[UUID | None, QueryParameter(description="The event that started them.")] = None,
    entity: Entity = None,
    key: Annotated[str | None, QueryParameter(description="Their key of `once per` or `one at a time`.")] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """A page of runs. Suppressed ones are shown only when `status=suppressed` asks for them."""
    wanted = RunFilter(
        rule=rule,
        status=status,
        event_id=event,
        entity=entity,
        keys=() if key is None else keys_written(key),
        since=aware(since),
        until=aware(until),
        before=before(cursor),
        limit=limit + 1,
    )
    rows, following = cut(await runs.listed(engine, who, wanted), limit, lambda row: row.id)
    return RunPage([run_view(row) for row in rows], following)


@get("/{run_id:uuid}", summary="One run, step by step", codes=("run_unknown",))
async def get_run(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], run_id: FromPath[UUID]
) -> RunDetail:
    """The run with every step: input, output, error, times, cost, and the line of the rule it comes from; what started
    it, what it waits for and until when, what people were asked, and as which runs it was run again.
    """
    try:
        told = await runs.found(engine, who, run_id)
    except KeyError:
        raise Refused("run_unknown", f"There is no run {run_id}.") from None
    return run_detail(told, engine.host.costs())


@get("/{run_id:uuid}/graph", summary="The graph of a run, with how far it is", codes=("run_unknown",))
async def get_run_graph(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], run_id: FromPath[UUID]
) -> RunGraph:
    """The graph that the run is on, the steps that it stands before, and how each step went that it came by."""
    try:
        told, graph = await runs.graph_of(engine, who, run_id)
    except KeyError:
        raise Refused("run_unknown", f"There is no run {run_id}.") from None
    return run_graph(told.row, graph, told.steps, told.state)


@get("/{run_id:uuid}/test", summary="One run as a test", codes=("run_unknown", "run_untold"))
async def get_run_as_test(
    engine: NamedDependency[Engine], who: NamedDependency[Principal], run_id: FromPath[UUID]
) -> RunTest:
    """A `test` block that lets the run happen again on the same rules: its event, outcomes as mocks, what it did."""
    from treadle.runtime.trials.recorded import Untold

    try:
        return RunTest(await runs.as_test(engine, who, run_id))
    except KeyError:
        raise Refused("run_unknown", f"There is no run {run_id}.") from None
    except Untold as untold:
        raise Refused("run_untold", f"This run cannot be told as a test: {untold}.") from None


@post("/", status_code=202, summary="Start a rule by hand", codes=("start_invalid",))
async def start_run(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    data: JSONBody[NewStart],
) -> Started:
    """Start a rule with `when by hand`. Answered after the commit; a worker goes on from there."""
    try:
        exactly = decode(await request.body()).get("args", {})  # Litestar reads JSON numbers as floats
        return Started(await runs.started(engine, who, data.rule, exactly, id_for(request)))
    except StartInvalid as invalid:
        raise Refused("start_invalid", f"{invalid}.") from None


router = Router("/runs", route_handlers=[start_run, list_runs, get_run, get_run_graph, get_run_as_test], tags=["Runs"])
