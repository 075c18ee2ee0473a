"""`/publications`: rule files in, a live set of rules out, or diagnostics."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, QueryParameter

from treadle.api.etags import quoted, tags
from treadle.api.problems import Refused
from treadle.api.translating import told as translated
from treadle.dsl.diagnostics import Report, report
from treadle.dsl.facade import Compiled
from treadle.runtime.access import Principal
from treadle.runtime.drafts.working import MOST_FILES
from treadle.runtime.engine import Engine, Policy, WaitingAt
from treadle.runtime.publishing import Published as Outcome
from treadle.runtime.services import publications

LiveMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="Only while this publication is the live one.")
]


Comment = Annotated[str, msgspec.Meta(max_length=1000, description="Why, as the history keeps it.")] | None


class NewPublication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rule files by path, all that are to be live; without them the working set, which is what is live overlaid by the
    drafts. And what becomes of runs that are on an older version of one of their rules.

    `stay`: they finish on the version that they began with. `move`: those that wait go on in the new version, at the
    same step, where that is safe. `restart`: those that have sent and started nothing so far end as stopped
    (`republished`) and begin anew. Who cannot go over, or is at work, stays.
    """

    files: Annotated[dict[str, str], msgspec.Meta(max_length=MOST_FILES)] | None = None
    policy: Policy = "stay"
    comment: Comment = None


class Published(msgspec.Struct, frozen=True):
    """What is live now (`live`), or would be: rules and sequences by name, and the warnings.

    `waiting` tells of the runs that are on other versions, step by step; without a preview, and with the policy `stay`,
    nobody looks. `late` is how many of those that were to go over stayed, because a worker came first. `publication` is
    the live one.
    """

    rules: tuple[str, ...]
    sequences: tuple[str, ...]
    diagnostics: tuple[Report, ...]
    live: bool = True
    waiting: tuple[WaitingAt, ...] = ()
    late: int = 0
    publication: UUID | None = None


def _reports(compiled: Compiled) -> tuple[Report, ...]:
    return tuple(report(found) for found in compiled.diagnostics)


@post(
    "/publications",
    status_code=201,
    summary="Make rule files the live ones",
    tags=["Language"],
    codes=("changed_meanwhile", "draft_outdated", "path_invalid", "rules_have_faults"),
)
async def publish(
    engine: NamedDependency[Engine],
    who: NamedDependency[Principal],
    data: JSONBody[NewPublication],
    preview: Annotated[bool, QueryParameter(description="Only say who waits where; change nothing.")] = False,  # noqa: FBT002 - a query parameter
    if_match: LiveMatch = None,
) -> Response[Published]:
    """Switch to this set in one commit, with the runs that go over. Files with errors change nothing and answer 422
    with the diagnostics. A preview answers 200. Drafts that are live by then are drafts no more; one that was
    begun from an older live file than there is now answers 409, and nothing is published.
    """
    onto = _onto(if_match)
    with translated():
        done = await publications.published(
            engine, who, data.files, data.policy, data.comment, preview=preview, onto=onto
        )
    return answered(done, preview=preview)


def _onto(if_match: str | None) -> UUID | None:
    """The publication that `If-Match` names. Raises `Refused`."""
    found = tags(if_match)
    if found is None or found == ("*",):
        return None
    try:
        (named,) = found
        return UUID(named)
    except ValueError:
        raise Refused("changed_meanwhile", "`If-Match` names no publication that is live.") from None


def answered(done: Outcome, *, preview: bool) -> Response[Published]:
    """The answer to publishing. Raises `Refused` (422) for files with errors."""
    found = _reports(done.compiled)
    if done.compiled.errors:
        detail = f"{len(done.compiled.errors)} errors; nothing was published."
        raise Refused("rules_have_faults", detail, diagnostics=found)
    names = [(graph.kind, graph.name) for graph in done.compiled.partial]
    rules, sequences = (tuple(name for kind, name in names if kind == wanted) for wanted in ("rule", "sequence"))
    told = Published(rules, sequences, found, not preview, done.waiting, done.late, done.publication)
    return Response(told, status_code=200 if preview else 201, headers=quoted(str(done.publication or "")))


router = Router("/", route_handlers=[publish])
