"""`/runs/{id}/cancel`, `/resolve` and `/retry`: what people order about a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from treadle.api.parameters import Reason, Who
from treadle.api.problems import CODES, Refused
from treadle.api.views import RunView, run_view
from treadle.dsl.values import decode
from treadle.runtime.access import Principal
from treadle.runtime.cancelling import RunOver
from treadle.runtime.engine import Engine
from treadle.runtime.resolving import CannotResolve, Order, Resolved
from treadle.runtime.retrying import CannotRetry, Version, WouldRepeat
from treadle.runtime.services import ordering

RESOLVE = (
    "run_unknown", "step_unknown", "run_over", "found", "step_passed", "step_resolved", "step_settled", "too_early",
    "cannot_resolve", "no_look_up", "output_invalid",
)  # fmt: skip
"""What may be in the way of settling a call."""
RETRY = ("cannot_retry", "would_repeat", "run_unknown")


class Cancelling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the run ends, and whom a program speaks for (`who`); a person is named by their account."""

    who: Who | None = None
    reason: Reason | None = None


class Retrying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to begin, by the id, number or node of a step, and on which version of the rule. `repeat` says that what
    the run did to the world may be done once more.
    """

    from_: str | int | None = msgspec.field(default=None, name="from")
    version: Version = "same"
    repeat: bool = False


class Retried(msgspec.Struct, frozen=True):
    """The new run, and the one that it is a retry of."""

    run: UUID
    retry_of: UUID


class Resolving(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered about a call whose outcome is unknown: the step by its id, number or node, and why. `who` is
    whom a program speaks for.

    `check` asks the service. `happened` counts the call as done; `output` is then what it gave, when the rule goes on
    with that. `again` sends it once more, `skip` goes on without it.
    """

    step: str | int
    how: Order
    output: Any = None
    who: Who | None = None
    reason: Reason | None = None


@post("/{run_id:uuid}/cancel", status_code=202, summary="Cancel a run", codes=("run_over", "run_unknown"))
async def cancel_run(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    run_id: FromPath[UUID],
    data: JSONBody[Cancelling],
) -> RunView:
    """End a run that is not over, wherever it stands; it ends as `stopped` before its next step. A call that is under
    way is waited for, and runs that this one started go on.
    """
    try:
        return run_view(await ordering.cancelled(engine, who, run_id, said=data.who, reason=data.reason))
    except KeyError:
        raise unknown(run_id) from None
    except RunOver as over:
        raise Refused("run_over", f"There is nothing to cancel: the run is {over.status} already.") from None


@post("/{run_id:uuid}/resolve", status_code=200, summary="Say what became of a call", codes=RESOLVE)
async def resolve_step(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    request: Request[Any, Any, Any],
    run_id: FromPath[UUID],
    data: JSONBody[Resolving],
) -> Resolved:
    """Settle a call whose outcome is unknown. The first word counts; the run goes on within a second."""
    given = decode(await request.body()).get("output")  # Litestar reads JSON numbers as floats
    step = str(data.step)
    try:
        return await ordering.resolved(
            engine, who, run_id, step, data.how, output=given, said=data.who, reason=data.reason
        )
    except KeyError:
        raise unknown(run_id) from None
    except CannotResolve as cannot:
        raise Refused(cannot.code if cannot.code in CODES else "cannot_resolve", f"{cannot}.") from None


@post("/{run_id:uuid}/retry", status_code=202, summary="Run again", codes=RETRY)
async def retry_run(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    run_id: FromPath[UUID],
    data: JSONBody[Retrying],
) -> Retried:
    """Start a run that is over once more, with the same event or arguments. What stands before `from` is taken over as
    it was recorded, and not sent again. What the run did behind that is not done again unless `repeat` says so: the
    answer is `would_repeat` and names it.
    """
    begin = None if data.from_ is None else str(data.from_)
    try:
        run = await ordering.retried(engine, who, run_id, data.version, begin, repeat=data.repeat)
    except KeyError:
        raise unknown(run_id) from None
    except WouldRepeat as would:
        raise Refused("would_repeat", f"{would}.") from None
    except CannotRetry as cannot:
        raise Refused("cannot_retry", f"{cannot}.") from None
    return Retried(run, run_id)


def unknown(run_id: UUID) -> Refused:
    """The answer about a run that is not there."""
    return Refused("run_unknown", f"There is no run {run_id}.")


router = Router("/runs", route_handlers=[cancel_run, resolve_step, retry_run], tags=["Runs"])
