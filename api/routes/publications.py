"""`/publications` and `/language/check`: rule files in, diagnostics or a live set of rules out."""

from __future__ import annotations

import msgspec
from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from treadle.api.problems import Refused
from treadle.dsl.diagnostics import Report, report
from treadle.dsl.facade import Compiled, compile_files
from treadle.runtime.engine import Engine


class Files(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rule files by path."""

    files: dict[str, str]


class Checked(msgspec.Struct, frozen=True):
    """What was found; empty when the files are sound."""

    diagnostics: tuple[Report, ...]


class Published(msgspec.Struct, frozen=True):
    """What is live now: rules and sequences by name, and the warnings."""

    rules: tuple[str, ...]
    sequences: tuple[str, ...]
    diagnostics: tuple[Report, ...]


def _reports(compiled: Compiled) -> tuple[Report, ...]:
    return tuple(report(found) for found in compiled.diagnostics)


@post("/language/check", status_code=200, summary="Check rule files", tags=["Language"])
async def check_files(engine: NamedDependency[Engine], data: JSONBody[Files]) -> Checked:
    """Check files against the installed plugins and the connected accounts. Nothing is stored."""
    return Checked(_reports(compile_files(data.files, await engine.world())))


@post("/publications", status_code=201, summary="Make rule files the live ones", tags=["Language"])
async def publish(engine: NamedDependency[Engine], data: JSONBody[Files]) -> Published:
    """Switch to this set in one commit. Files with errors change nothing and answer 422 with the diagnostics."""
    compiled = await engine.publish(data.files)
    found = _reports(compiled)
    if compiled.errors:
        detail = f"{len(compiled.errors)} errors; nothing was published."
        raise Refused("rules_have_faults", detail, diagnostics=found)
    names = [(graph.kind, graph.name) for graph in compiled.partial]
    rules, sequences = (tuple(name for kind, name in names if kind == wanted) for wanted in ("rule", "sequence"))
    return Published(rules, sequences, found)


router = Router("/", route_handlers=[check_files, publish])
