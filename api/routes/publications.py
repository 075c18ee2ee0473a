"""`/publications` and `/language/check`: rule files in, diagnostics or a live set of rules out."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import Response, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from treadle.api.problems import Refused
from treadle.dsl.diagnostics import Report, report
from treadle.dsl.facade import Compiled, compile_files
from treadle.runtime.engine import Engine, Policy, WaitingAt


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rule files by path."""

    files: dict[str, str]


class Checked(msgspec.Struct, frozen=True):
    """What was found; empty when the files are sound."""

    diagnostics: tuple[Report, ...]


class NewPublication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rule files by path, and what becomes of runs that are on an older version of one of their rules.

    `stay`: they finish on the version that they began with. `move`: those that wait go on in the new version, at the
    same step, where that is safe. `restart`: those that have sent and started nothing so far end as stopped
    (`republished`) and begin anew. Who cannot go over, or is at work, stays.
    """

    files: dict[str, str]
    policy: Policy = "stay"


class Published(msgspec.Struct, frozen=True):
    """What is live now (`live`), or would be: rules and sequences by name, and the warnings.

    `waiting` tells of the runs that are on other versions, step by step; without a preview, and with the policy `stay`,
    nobody looks. `late` is how many of those that were to go over stayed, because a worker came first.
    """

    rules: tuple[str, ...]
    sequences: tuple[str, ...]
    diagnostics: tuple[Report, ...]
    live: bool = True
    waiting: tuple[WaitingAt, ...] = ()
    late: int = 0


def _reports(compiled: Compiled) -> tuple[Report, ...]:
    return tuple(report(found) for found in compiled.diagnostics)


@post("/language/check", status_code=200, summary="Check rule files", tags=["Language"])
async def check_files(engine: NamedDependency[Engine], data: JSONBody[Files]) -> Checked:
    """Check files against the installed plugins and the connected accounts. Nothing is stored."""
    return Checked(_reports(compile_files(data.files, await engine.world())))


@post("/publications", status_code=201, summary="Make rule files the live ones", tags=["Language"])
async def publish(
    engine: NamedDependency[Engine],
    data: JSONBody[NewPublication],
    preview: Annotated[bool, QueryParameter(description="Only say who waits where; change nothing.")] = False,  # noqa: FBT002 - a query parameter
) -> Response[Published]:
    """Switch to this set in one commit, with the runs that go over. Files with errors change nothing and answer 422
    with the diagnostics. A preview answers 200.
    """
    done = await engine.publication(data.files, data.policy, preview=preview)
    found = _reports(done.compiled)
    if done.compiled.errors:
        detail = f"{len(done.compiled.errors)} errors; nothing was published."
        raise Refused("rules_have_faults", detail, diagnostics=found)
    names = [(graph.kind, graph.name) for graph in done.compiled.partial]
    rules, sequences = (tuple(name for kind, name in names if kind == wanted) for wanted in ("rule", "sequence"))
    told = Published(rules, sequences, found, not preview, done.waiting, done.late)
    return Response(told, status_code=200 if preview else 201)


router = Router("/", route_handlers=[check_files, publish])
