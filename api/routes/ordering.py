"""`/runs/{id}/...`: what people order about a run."""

from __future__ import annotations

from uuid import UUID

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.parameters import Reason, Who
from treadle.api.problems import Refused
from treadle.api.views import RunView, run_view
from treadle.runtime.cancelling import RunOver, cancel
from treadle.runtime.engine import Engine


class Cancelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who ends the run, as the history shall name them, and why."""

    who: Who = "api"
    reason: Reason | None = None


@post("/{run_id:uuid}/cancel", status_code=202, summary="Cancel a run")
async def cancel_run(engine: NamedDependency[Engine], run_id: FromPath[UUID], data: JSONBody[Cancelling]) -> RunView:
    """End a run that is not over, wherever it stands; it ends as `stopped` before its next step. A call that is under
    way is waited for, and runs that this one started go on.
    """
    try:
        row = await cancel(engine.store, run_id, data.who, data.reason)
    except KeyError:
        raise unknown(run_id) from None
    except RunOver as over:
        raise Refused("run_over", f"There is nothing to cancel: the run is {over.status} already.") from None
    engine.bell.ring()
    return run_view(row)


def unknown(run_id: UUID) -> Refused:
    """The answer about a run that is not there."""
    return Refused("run_unknown", f"There is no run {run_id}.")


router = Router("/runs", route_handlers=[cancel_run], tags=["Runs"])
