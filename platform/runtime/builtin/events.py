"""The platform's own events: what rules hear of runs, errors, workers and effects. Owns their shapes and texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from treadle.sdk import Trigger

_AT = "2026-01-05T09:00:00Z"
_RUN = "019b8d10-0000-7000-8000-000000000001"

RuleName = Annotated[str, Meta(description="The rule or the sequence, by its name.")]
RunId = Annotated[str, Meta(description="The run, as `treadle runs show` takes it.")]
StepId = Annotated[str | None, Meta(description="The step that it happened in.")]


def _now() -> datetime:
    return datetime.now(UTC)


class FailedRun(Struct, frozen=True, kw_only=True):
    """A run that failed."""

    rule: RuleName
    run: RunId = ""
    code: Annotated[str, Meta(description="What went wrong as a stable word, as in `on error`.")] = ""
    message: Annotated[str, Meta(description="What went wrong, in a sentence.")] = ""
    step: StepId = None
    entity: Annotated[str | None, Meta(description="What the run was about, such as kommo.lead:70001.")] = None
    failed_last_5_min: Annotated[int, Meta(description="Failed runs of all rules in five minutes, this one too.")] = 1
    at: datetime = field(default_factory=_now)


class SeenError(Struct, frozen=True, kw_only=True):
    """The first error of its kind: no run of this rule failed with this code in the 30 days before."""

    rule: RuleName
    code: str = ""
    message: str = ""
    run: RunId = ""
    step: StepId = None
    at: datetime = field(default_factory=_now)


class LostWorker(Struct, frozen=True, kw_only=True):
    """A worker that stopped answering; its runs go on elsewhere."""

    name: Annotated[str, Meta(description="Machine and process.")]
    worker: Annotated[str, Meta(description="The worker's id.")] = ""
    last_seen_at: datetime | None = None
    claimed: Annotated[int, Meta(description="Runs that it was working on.")] = 0
    at: datetime = field(default_factory=_now)


class SlowJob(Struct, frozen=True, kw_only=True):
    """A step that is under way for long, or a run that was due for long before anybody began."""

    rule: RuleName
    duration: Annotated[timedelta, Meta(description="How long it had taken when it was noticed.")]
    run: RunId = ""
    step: Annotated[str | None, Meta(description="The step that is under way; missing where nobody had begun.")] = None
    at: datetime = field(default_factory=_now)


class DoubtfulEffect(Struct, frozen=True, kw_only=True):
    """An effect that may or may not have happened; a person has to say."""

    rule: RuleName
    run: RunId = ""
    step: StepId = None
    action: Annotated[str, Meta(description="The action, such as kommo.send_message.")] = ""
    entity: Annotated[str | None, Meta(description="What it would have changed, such as kommo.contact:80001.")] = None
    message: str = ""
    at: datetime = field(default_factory=_now)


_FAILURE: dict[str, Any] = {
    "rule": "Qualify new leads",
    "run": _RUN,
    "code": "not_found",
    "message": "Kommo has no contact 3.",
    "step": "contact",
    "at": _AT,
}


class RunFailed(
    Trigger[Any, FailedRun],
    entity="treadle.run:{run}",
    example={**_FAILURE, "entity": "kommo.lead:70001", "failed_last_5_min": 1},
):
    """A run failed. A rule does not hear of its own runs, nor of those that followed from them."""


class NewError(Trigger[Any, SeenError], entity="treadle.run:{run}", example=_FAILURE):
    """A rule failed with an error code that it did not have in the 30 days before."""


class WorkerLost(
    Trigger[Any, LostWorker],
    entity="treadle.worker:{worker}",
    example={"name": "app-1/42", "worker": _RUN, "last_seen_at": _AT, "claimed": 3, "at": _AT},
):
    """A worker was not heard of for 15 seconds and had not ended. What it was doing is taken over by others."""


class JobSlow(
    Trigger[Any, SlowJob],
    entity="treadle.run:{run}",
    example={"rule": "Morning digest", "duration": "PT45S", "run": _RUN, "step": "leads", "at": _AT},
):
    """A step has been under way for more than 30 seconds, told once for each; or work lay so long, once a minute."""


class UnknownEffect(
    Trigger[Any, DoubtfulEffect],
    entity="treadle.run:{run}",
    example={
        "rule": "Warm follow-up",
        "run": _RUN,
        "step": "hello",
        "action": "kommo.send_message",
        "entity": "kommo.contact:80001",
        "message": "The connection was lost before the answer.",
        "at": _AT,
    },
):
    """It is not known whether an effect happened; `treadle runs resolve` settles it."""


TRIGGERS = (RunFailed, NewError, WorkerLost, JobSlow, UnknownEffect)
