"""From what was asked to what is replayed: both sets of rules compiled, and the connections of then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from treadle.dsl.diagnostics import Report, report
from treadle.dsl.graph import Graph, Limit
from treadle.runtime.backtest.jobs import Backtest
from treadle.runtime.backtest.replaying import Plan
from treadle.runtime.backtest.versions import Setting, Version
from treadle.runtime.ports import Fault

if TYPE_CHECKING:
    from treadle.runtime.engine import Engine


class CannotPrepare(Exception):
    """There is nothing to replay; `diagnostics` are those of files with errors."""

    def __init__(self, fault: Fault, diagnostics: tuple[Report, ...] = ()) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.diagnostics = diagnostics


async def prepared(engine: Engine, job: Backtest, files: Mapping[str, str | None]) -> Plan:
    """What is to be replayed. Raises `CannotPrepare` and `StoreDown`."""
    from treadle.dsl.facade import compile_files  # the parser

    published = await engine.store.publication(job.publication)
    if published is None:
        raise CannotPrepare(Fault("gone", "the version that it is compared with is not kept any more"))
    then = {key: msgspec.json.decode(text, type=Graph) for key, text in published.graphs.items()}
    sources = {path: text for path, text in {**published.sources, **files}.items() if text is not None}
    world = await engine.world()
    compiled = compile_files(sources, world, {(each.kind, each.name): each for each in then.values()})
    if compiled.program is None:
        told = tuple(report(each) for each in compiled.errors)
        errors = f"{len(told)} error{'' if len(told) == 1 else 's'}"
        raise CannotPrepare(Fault("rules_have_faults", f"the rule files have {errors}"), told)
    if unknown := _unknown(job.rules, [*then.values(), *compiled.program.graphs]):
        raise CannotPrepare(Fault("rule_unknown", f'there is no rule "{unknown}" in either version'))
    rows = await engine.store.connections()
    known = {row.id: found for row in rows if (found := engine.connections.by_id(row.id)) is not None}
    limits = msgspec.json.decode(published.limits, type=tuple[Limit, ...])
    return Plan(
        since=job.since,
        until=job.until,
        then=Version(tuple(then.values()), limits),
        now=Version(compiled.program.graphs, compiled.program.limits),
        setting=Setting(world, known),
        rules=job.rules,
    )


def _unknown(wanted: tuple[str, ...], graphs: list[Graph]) -> str | None:
    names = {each.name for each in graphs}
    return next((each for each in wanted if each not in names), None)
